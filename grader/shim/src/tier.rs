//! How strong the walls are.

/// How well a program is kept from the rest of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Killed when its time is over, nothing else: systems without limits on processes.
    Clock,
    /// Limits on CPU time, memory, file size and open files: every Unix.
    Limits,
    /// As well: no file but the named ones, no system call but the listed ones. Linux from 5.13, also inside a container.
    Container,
    /// As well: namespaces of its own, with nothing in them. Linux where they are not denied.
    Full,
}

impl Tier {
    /// The tier that every machine of this kind has, and those that it may have, the strongest first.
    pub const HERE: (Self, &'static [Self]) = if cfg!(target_os = "linux") {
        (Self::Limits, &[Self::Full, Self::Container])
    } else if cfg!(unix) {
        (Self::Limits, &[])
    } else {
        (Self::Clock, &[])
    };

    /// The tier's name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Limits => "limits",
            Self::Container => "container",
            Self::Full => "full",
        }
    }

    /// The tier of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Clock, Self::Limits, Self::Container, Self::Full].into_iter().find(|tier| tier.name() == name)
    }

    /// Whether files from strangers may run behind these walls.
    #[must_use]
    pub fn is_for_strangers(self) -> bool {
        self >= Self::Container
    }
}
