//! GPU hours: allocated and busy, by hour and pool; never money.

use std::collections::HashMap;

use sqlx::{Row, Sqlite};

use chrono::NaiveDate;

use crate::import::{Import, Place, ROWS_PER_STATEMENT, integer};
use crate::{Ledger, StoreError};

/// What describes GPU hours. Empty is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct GpuKey {
    /// Provider.
    pub provider: String,
    /// Region.
    pub region: String,
    /// GPU type, such as `H100 SXM`.
    pub gpu: String,
    /// Pool the GPUs stand in.
    pub pool: String,
    /// Project that holds them.
    pub project: String,
}

/// GPU hours of one hour.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuHoursRow {
    /// What describes it.
    pub key: GpuKey,
    /// Day, UTC.
    pub usage_date: NaiveDate,
    /// Hour of the day, UTC, 0 to 23.
    pub hour: u32,
    /// GPU hours paid for, in nanos.
    pub allocated_nanos: i64,
    /// GPU hours at work, in nanos, where measured.
    pub busy_nanos: Option<i64>,
    /// Where it stood.
    pub place: Place,
}

/// GPU hours of a month by hour of the day.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuHoursSum {
    /// What describes it.
    pub key: GpuKey,
    /// `YYYY-MM`.
    pub month: String,
    /// Hour of the day, UTC.
    pub hour: u32,
    /// Allocated GPU hours, in nanos.
    pub allocated_nanos: i64,
    /// Busy GPU hours, in nanos, over the rows that measure them.
    pub busy_nanos: i64,
    /// Allocated GPU hours of those rows, in nanos.
    pub measured_nanos: i64,
}

/// GPU hours of one UTC hour.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuHour {
    /// What describes it.
    pub key: GpuKey,
    /// Day, UTC.
    pub date: NaiveDate,
    /// Hour of the day, UTC, 0 to 23.
    pub hour: u32,
    /// Allocated GPU hours, in nanos.
    pub allocated_nanos: i64,
    /// Busy GPU hours, in nanos, over the rows that measure them.
    pub busy_nanos: i64,
    /// Allocated GPU hours of those rows, in nanos.
    pub measured_nanos: i64,
}

const INSERT_KEY: &str =
    "INSERT INTO gpu_key (fingerprint, provider, region, gpu, pool, project) VALUES (?, ?, ?, ?, ?, ?)";
const SELECT_KEY: &str = "SELECT id FROM gpu_key WHERE fingerprint = ?";

impl Import {
    pub(crate) async fn store_gpu_hours(&mut self, rows: &[GpuHoursRow]) -> Result<(), StoreError> {
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut ids = Vec::with_capacity(chunk.len());
            for row in chunk {
                let key = &row.key;
                let words = [key.provider.as_str(), &key.region, &key.gpu, &key.pool, &key.project];
                let id = self.keys.id(&mut self.transaction, INSERT_KEY, SELECT_KEY, &words).await?;
                let month = row.usage_date.format("%Y-%m").to_string();
                let account = format!("{} {}", key.pool, key.region);
                let scope = self.claim("gpu_hours", &key.provider, &account, &month, row.usage_date).await?;
                ids.push((id, scope));
            }
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(
                "INSERT INTO gpu_hours (batch_id, scope_id, key_id, usage_date, hour, allocated_nanos, busy_nanos, \
                 byte_offset, byte_length) ",
            );
            query.push_values(chunk.iter().zip(&ids), |mut values, (row, (key, scope))| {
                values
                    .push_bind(self.batch)
                    .push_bind(*scope)
                    .push_bind(*key)
                    .push_bind(row.usage_date.to_string())
                    .push_bind(i64::from(row.hour))
                    .push_bind(row.allocated_nanos)
                    .push_bind(row.busy_nanos)
                    .push_bind(integer(row.place.offset))
                    .push_bind(integer(row.place.length));
            });
            query.build().execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}

const SUMS: &str = "SELECT key_id, month, hour, SUM(allocated_nanos), SUM(busy_nanos), SUM(measured_nanos) \
     FROM gpu_month GROUP BY key_id, month, hour";

/// Key, month, hour; allocated, busy, measured.
type SumRow = (i64, String, u32, i64, i64, i64);

impl Ledger {
    /// GPU hours by key, month and hour of the day.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a sum leaves the ledger's range.
    pub async fn gpu_hours_sums(&self) -> Result<Vec<GpuHoursSum>, StoreError> {
        let rows: Vec<SumRow> = self.lists(SUMS, 6, "c1, c2, c3, c4, c5, c6").await?;
        let mut keys: HashMap<i64, GpuKey> = HashMap::new();
        for row in sqlx::query("SELECT provider, region, gpu, pool, project, id FROM gpu_key")
            .fetch_all(&mut *self.connection().await?)
            .await?
        {
            keys.insert(row.try_get(5)?, key_of(&row)?);
        }
        let mut sums: Vec<(i64, GpuHoursSum)> = Vec::with_capacity(rows.len());
        for (id, month, hour, allocated_nanos, busy_nanos, measured_nanos) in rows {
            let Some(key) = keys.get(&id).cloned() else { continue };
            sums.push((id, GpuHoursSum { key, month, hour, allocated_nanos, busy_nanos, measured_nanos }));
        }
        sums.sort_unstable_by(|(a_id, a), (b_id, b)| {
            let a_order = (&a.month, &a.key.pool, &a.key.region, a.hour, a_id);
            a_order.cmp(&(&b.month, &b.key.pool, &b.key.region, b.hour, b_id))
        });
        Ok(sums.into_iter().map(|(_, sum)| sum).collect())
    }

    /// GPU hours by key and UTC hour, for views in another time zone.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a sum leaves the ledger's range.
    pub async fn gpu_hours_by_hour(&self) -> Result<Vec<GpuHour>, StoreError> {
        let rows = sqlx::query(
            "SELECT k.provider, k.region, k.gpu, k.pool, k.project, s.usage_date, s.hour, s.allocated, s.busy, s.measured FROM \
             (SELECT key_id, usage_date, hour, SUM(allocated_nanos) AS allocated, \
              COALESCE(SUM(busy_nanos), 0) AS busy, \
              COALESCE(SUM(CASE WHEN busy_nanos IS NULL THEN 0 ELSE allocated_nanos END), 0) AS measured \
              FROM gpu_hours WHERE replaced_by IS NULL GROUP BY key_id, usage_date, hour) s \
             JOIN gpu_key k ON k.id = s.key_id ORDER BY s.usage_date, s.hour, k.pool, k.region",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let date: String = row.try_get(5)?;
                Ok(GpuHour {
                    key: key_of(row)?,
                    date: date.parse().map_err(|_| StoreError::Database(format!("{date:?} is not a date")))?,
                    hour: u32::try_from(row.try_get::<i64, _>(6)?).unwrap_or_default(),
                    allocated_nanos: row.try_get(7)?,
                    busy_nanos: row.try_get(8)?,
                    measured_nanos: row.try_get(9)?,
                })
            })
            .collect()
    }
}

fn key_of(row: &sqlx::sqlite::SqliteRow) -> Result<GpuKey, StoreError> {
    Ok(GpuKey {
        provider: row.try_get(0)?,
        region: row.try_get(1)?,
        gpu: row.try_get(2)?,
        pool: row.try_get(3)?,
        project: row.try_get(4)?,
    })
}
