//! Übung 3 — кэш трансляций, ترجمة العناوين, 地址转换, תרגום 🦀 (notes of a student who thinks in many languages)
use machine::prelude::*;

// هذا التعليق بالعربية‏ — and the name of a function `walk` stays ASCII
/// Что делает: считает попадания.
#[derive(Debug, Default)]
pub struct Counts {
    /// 命中
    hits: u64,
}

impl Counts {
    /// Zählt einen Treffer und sagt es auf Französisch.
    pub fn hit(&mut self) -> String {
        self.hits += 1;
        format!("trouvé n°{} — «ça marche»", self.hits)
    }
}
