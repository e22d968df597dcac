//! Groups: companies, teams and the like, that events are done for.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get, web};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::routes;
use crate::address::PublicUrl;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::query::QueryParams;
use crate::extract::scope::GroupRead;
use crate::groups::{self, Counted, Group, GroupType};

/// Groups of a page.
const GROUPS_A_PAGE: usize = 100;

/// Values of a property that are suggested.
const MAX_VALUES: usize = 20;

/// Which groups to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GroupListParams {
    /// Index of the group type.
    group_type_index: usize,
    /// Part of the key or of the property `name`, in any case.
    search: Option<String>,
    /// Part of the key, in any case.
    group_key: Option<String>,
    /// Where the page begins, as `next` of the page before says.
    cursor: Option<usize>,
}

/// Which group to find.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindGroupParams {
    /// Index of the group type.
    group_type_index: usize,
    /// Key of the group.
    group_key: String,
}

/// Which values to suggest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PropertyValuesParams {
    /// Index of the group type.
    group_type_index: usize,
    /// Key of the property.
    key: String,
    /// Part of the value, in any case.
    value: Option<String>,
}

/// A group type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupType)]
pub(crate) struct GroupTypeResponse {
    /// Name, as events have it.
    group_type: String,
    group_type_index: usize,
    name_singular: Option<String>,
    name_plural: Option<String>,
    detail_dashboard: Option<i64>,
    default_columns: Option<Vec<String>>,
    created_at: Option<String>,
}

/// A group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Group)]
pub(crate) struct GroupResponse {
    group_type_index: usize,
    group_key: String,
    /// Latest properties.
    #[schema(value_type = Object)]
    group_properties: Map<String, Value>,
    /// Always null: it is not known when a group was first seen.
    created_at: Option<String>,
}

/// A page of groups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupPage {
    /// Address of the page after this one.
    next: Option<String>,
    /// Always null: pages go forward only.
    previous: Option<String>,
    results: Vec<GroupResponse>,
}

/// A name and how many groups it is of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountedName {
    name: String,
    count: u64,
}

/// Values to suggest.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PropertyValues {
    results: Vec<CountedName>,
    refreshing: bool,
}

/// Lists the project's group types by index.
#[utoipa::path(tag = "Groups", security(("key" = ["group:read"])), responses((status = 200, body = Vec<GroupTypeResponse>)))]
#[get("/api/environments/{environment_id}/groups_types")]
async fn list_group_types(
    access: ProjectAccess<GroupRead>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let types = load(&access, &state).await?.into_iter().enumerate();
    let types = types.map(|(group_type_index, group_type)| GroupTypeResponse {
        group_type: group_type.name.to_string(),
        group_type_index,
        name_singular: None,
        name_plural: None,
        detail_dashboard: None,
        default_columns: None,
        created_at: None,
    });
    Ok(HttpResponse::Ok().json(types.collect::<Vec<_>>()))
}

/// Lists the groups of a type by key.
#[utoipa::path(tag = "Groups", params(GroupListParams), security(("key" = ["group:read"])), responses((status = 200, body = GroupPage)))]
#[get("/api/environments/{environment_id}/groups")]
async fn list_groups(
    access: ProjectAccess<GroupRead>,
    query: QueryParams<GroupListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let GroupListParams { group_type_index, search, group_key, cursor } = query.0;
    let groups = groups_of(load(&access, &state).await?, group_type_index);
    let has_key = |group: &Group, part: &str| group.key.to_lowercase().contains(&part.to_lowercase());
    let passes = |group: &Group| {
        search.as_deref().is_none_or(|search| group.is_found(search))
            && group_key.as_deref().is_none_or(|part| has_key(group, part))
    };
    let start = cursor.unwrap_or_default();
    let mut found = groups.iter().filter(|group| passes(group)).skip(start);
    let page: Vec<&Group> = found.by_ref().take(GROUPS_A_PAGE).collect();
    let has_more = found.next().is_some();
    let after = || PublicUrl::of(&request).with_parameters(&[("cursor", (start + page.len()).to_string())]);
    let next = has_more.then(after);
    let results = page.into_iter().map(|group| GroupResponse::new(group_type_index, group)).collect();
    Ok(HttpResponse::Ok().json(GroupPage { next, previous: None, results }))
}

/// Finds the group of a key.
#[utoipa::path(tag = "Groups", params(FindGroupParams), security(("key" = ["group:read"])), responses((status = 200, body = GroupResponse)))]
#[get("/api/environments/{environment_id}/groups/find")]
async fn find_group(
    access: ProjectAccess<GroupRead>,
    query: QueryParams<FindGroupParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let FindGroupParams { group_type_index, group_key } = query.0;
    let groups = groups_of(load(&access, &state).await?, group_type_index);
    let found = groups.iter().find(|group| *group.key == *group_key).ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(GroupResponse::new(group_type_index, found)))
}

/// Gives the properties that groups have, by the index of their type.
#[utoipa::path(tag = "Groups", security(("key" = ["group:read"])), responses((status = 200, body = BTreeMap<String, Vec<CountedName>>)))]
#[get("/api/environments/{environment_id}/groups/property_definitions")]
async fn list_group_property_definitions(
    access: ProjectAccess<GroupRead>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let types = load(&access, &state).await?.into_iter().enumerate();
    let names = types.map(|(index, group_type)| (index.to_string(), shown(groups::property_names(&group_type.groups))));
    let names: BTreeMap<String, Vec<CountedName>> = names.filter(|(_, names)| !names.is_empty()).collect();
    Ok(HttpResponse::Ok().json(names))
}

/// Suggests values of a property of groups, the most frequent first.
#[utoipa::path(tag = "Groups", params(PropertyValuesParams), security(("key" = ["group:read"])), responses((status = 200, body = PropertyValues)))]
#[get("/api/environments/{environment_id}/groups/property_values")]
async fn list_group_property_values(
    access: ProjectAccess<GroupRead>,
    query: QueryParams<PropertyValuesParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let PropertyValuesParams { group_type_index, key, value } = query.0;
    let groups = groups_of(load(&access, &state).await?, group_type_index);
    let mut values = groups::property_values(&groups, &key, value.as_deref());
    values.truncate(MAX_VALUES);
    Ok(HttpResponse::Ok().json(PropertyValues { results: shown(values), refreshing: false }))
}

impl GroupResponse {
    fn new(group_type_index: usize, group: &Group) -> Self {
        let (group_key, group_properties) = (group.key.to_string(), group.properties());
        Self { group_type_index, group_key, group_properties, created_at: None }
    }
}

async fn load(access: &ProjectAccess<GroupRead>, state: &web::Data<AppState>) -> Result<Vec<GroupType>, ApiError> {
    let (services, project) = (state.clone(), access.project.id);
    blocking(move || groups::load(&services, project)).await
}

fn groups_of(types: Vec<GroupType>, index: usize) -> Vec<Group> {
    types.into_iter().nth(index).map(|group_type| group_type.groups).unwrap_or_default()
}

fn shown(counted: Vec<Counted>) -> Vec<CountedName> {
    counted.into_iter().map(|(name, count)| CountedName { name, count }).collect()
}

routes![list_group_types, find_group, list_group_property_definitions, list_group_property_values, list_groups];
