//! Settings of object storage.

use clap::Args;
use object_storage::S3Settings;
use serde::Deserialize;

use super::model::Secret;

/// Where objects are kept: videos and results that are too large for a database.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct ObjectArguments {
    /// Where videos and materialized results are kept: a folder, or `s3://bucket/prefix` [default: objects in the data folder]
    #[arg(long, global = true, env = "HINDSIGHT_OBJECT_STORE", value_name = "PLACE")]
    pub object_store: Option<String>,
    /// Address of a server that speaks S3, such as `http://minio:9000` [default: AWS_ENDPOINT_URL_S3, else Amazon's]
    #[arg(long, global = true, env = "HINDSIGHT_S3_ENDPOINT", value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// Region of the bucket [default: AWS_REGION, else us-east-1]
    #[arg(long, global = true, env = "HINDSIGHT_S3_REGION", value_name = "REGION")]
    pub s3_region: Option<String>,
    /// Whether requests name the bucket in their path, not in their host [default: true]
    #[arg(long, global = true, env = "HINDSIGHT_S3_PATH_STYLE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub s3_path_style: Option<bool>,
    /// Id of the access key of S3 [default: AWS_ACCESS_KEY_ID, else the role of the machine]
    #[arg(long, global = true, env = "HINDSIGHT_S3_ACCESS_KEY_ID", value_name = "ID")]
    pub s3_access_key_id: Option<String>,
    /// Secret of the access key of S3. Visible to others on the machine: prefer the variable [default: AWS_SECRET_ACCESS_KEY]
    #[arg(long, global = true, env = "HINDSIGHT_S3_SECRET_ACCESS_KEY", value_name = "SECRET", hide_env_values = true)]
    pub s3_secret_access_key: Option<Secret>,
}

impl ObjectArguments {
    /// Fills in what `file` sets: the place, where one is set, and how S3 is reached.
    pub(super) fn resolve(self, file: Self) -> (Option<String>, S3Settings) {
        let settings = S3Settings {
            endpoint: self.s3_endpoint.or(file.s3_endpoint),
            region: self.s3_region.or(file.s3_region),
            path_style: self.s3_path_style.or(file.s3_path_style),
            access_key_id: self.s3_access_key_id.or(file.s3_access_key_id),
            secret_access_key: self.s3_secret_access_key.or(file.s3_secret_access_key).map(Secret::into_text),
        };
        (self.object_store.or(file.object_store), settings)
    }
}
