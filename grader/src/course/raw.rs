//! The course file as it is written, before the limits are merged. An unknown key anywhere is an error.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Zoned;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use super::{CourseText, Visibility, policy};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Course {
    title: String,
    #[serde(default)]
    weights: Weights,
    #[serde(default)]
    visibility: Visibilities,
    #[serde(default)]
    limits: Limits,
    deadline: Option<Moment>,
    #[serde(default)]
    late: Late,
    #[serde(default)]
    extensions: Vec<Extension>,
    labs: Vec<Lab>,
}

/// A time that says its zone.
#[derive(Debug)]
struct Moment(Zoned);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Late {
    percent_per_day: Option<f64>,
    cap_percent: Option<f64>,
    grace_days: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Extension {
    student: String,
    lab: Option<String>,
    until: Moment,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Visibilities {
    cases: Option<Visibility>,
    scenarios: Option<Visibility>,
    hidden: Option<Visibility>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights {
    cases: Option<f64>,
    visible: Option<f64>,
    hidden: Option<f64>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    wall_ms: Option<u64>,
    cpu_s: Option<u64>,
    memory_mib: Option<u64>,
    lab_cpu_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lab {
    lab: String,
    title: String,
    chapter: String,
    types: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    budget: bool,
    #[serde(default)]
    limits: Limits,
    deadline: Option<Moment>,
    criteria: Vec<Criterion>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Criterion {
    name: String,
    step: u32,
    points: f64,
    #[serde(default)]
    extra: bool,
    chapter: Option<String>,
    #[serde(default)]
    cases: Vec<String>,
    #[serde(default)]
    scenarios: Vec<String>,
    #[serde(default)]
    generated: BTreeMap<String, u32>,
    #[serde(default)]
    hints: Vec<String>,
}

impl Course {
    pub(super) fn into_course(self, text: CourseText) -> super::Course {
        let default = super::Weights::default();
        let limits = self.limits.over(super::Limits::default());
        super::Course {
            title: self.title,
            weights: super::Weights {
                cases: self.weights.cases.unwrap_or(default.cases),
                visible: self.weights.visible.unwrap_or(default.visible),
                hidden: self.weights.hidden.unwrap_or(default.hidden),
            },
            visibility: self.visibility.over(super::Visibilities::default()),
            policy: super::Policy {
                deadline: self.deadline.map(|moment| moment.0),
                late: self.late.into_late(),
                extensions: self.extensions.into_iter().map(Extension::into_extension).collect(),
            },
            labs: self.labs.into_iter().map(|lab| lab.into_lab(limits)).collect(),
            text,
        }
    }
}

impl Visibilities {
    fn over(self, below: super::Visibilities) -> super::Visibilities {
        super::Visibilities {
            cases: self.cases.unwrap_or(below.cases),
            scenarios: self.scenarios.unwrap_or(below.scenarios),
            hidden: self.hidden.unwrap_or(below.hidden),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Refused inside of the visitor, the reader of YAML adds the line of the very value.
        deserializer.deserialize_str(MomentVisitor)
    }
}

struct MomentVisitor;

impl Visitor<'_> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time with its zone, as 2026-10-05T23:59:00+02:00")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
        policy::moment(text).map(Moment).map_err(E::custom)
    }
}

impl Late {
    fn into_late(self) -> policy::Late {
        let default = policy::Late::default();
        policy::Late {
            percent_per_day: self.percent_per_day.unwrap_or(default.percent_per_day),
            cap_percent: self.cap_percent.unwrap_or(default.cap_percent),
            grace_days: self.grace_days.unwrap_or(default.grace_days),
        }
    }
}

impl Extension {
    fn into_extension(self) -> policy::Extension {
        policy::Extension { student: self.student, lab: self.lab, until: self.until.0 }
    }
}

impl Limits {
    fn over(self, below: super::Limits) -> super::Limits {
        super::Limits {
            wall_ms: self.wall_ms.unwrap_or(below.wall_ms),
            cpu_s: self.cpu_s.unwrap_or(below.cpu_s),
            memory_mib: self.memory_mib.unwrap_or(below.memory_mib),
            lab_cpu_ms: self.lab_cpu_ms.unwrap_or(below.lab_cpu_ms),
        }
    }
}

impl Lab {
    fn into_lab(self, course: super::Limits) -> super::Lab {
        super::Lab {
            lab: self.lab,
            title: self.title,
            chapter: self.chapter,
            types: self.types,
            after: self.after,
            budget: self.budget,
            limits: self.limits.over(course),
            deadline: self.deadline.map(|moment| moment.0),
            criteria: self.criteria.into_iter().map(Criterion::into_criterion).collect(),
        }
    }
}

impl Criterion {
    fn into_criterion(self) -> super::Criterion {
        super::Criterion {
            name: self.name,
            step: self.step,
            points: self.points,
            extra: self.extra,
            chapter: self.chapter,
            cases: self.cases,
            scenarios: self.scenarios,
            generated: self.generated,
            hints: self.hints,
        }
    }
}
