//! The figures, for people and for programs.

use serde_json::json;

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    reach: Option<&'static str>,
}

impl Table {
    pub(crate) fn figure(
        &mut self,
        name: &str,
        value: f64,
        unit: &'static str,
        reach: Option<&'static str>,
    ) {
        eprintln!("{name}: {value:.2} {unit}");
        self.rows.push(Row {
            name: name.to_owned(),
            value,
            unit,
            reach,
        });
    }

    pub(crate) fn print(&self) {
        println!("{:<58} {:>12} {:<9} to reach", "figure", "measured", "");
        for row in &self.rows {
            let digits = if row.value.abs() < 100.0 { 2 } else { 0 };
            let value = format!("{:.digits$}", row.value);
            let reach = row.reach.unwrap_or("");
            println!("{:<58} {value:>12} {:<9} {reach}", row.name, row.unit);
        }
    }

    pub(crate) fn json(&self) -> String {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|r| {
                json!({ "figure": r.name, "value": r.value, "unit": r.unit, "reach": r.reach })
            })
            .collect();
        format!("{:#}\n", json!({ "figures": rows }))
    }
}
