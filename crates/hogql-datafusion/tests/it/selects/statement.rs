//! Random statements: the text, and beside it what it means.

use std::fmt::Write as _;
use std::rc::Rc;

use super::aggregates::Aggregate;
use super::choices::Choices;
use super::relations::{JoinKind, Order, Relation, SetOperator};
use super::terms::{Column, Generator, Term, Type, column};
use super::values::{Meaning, Value};
use super::world::World;

/// A query.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) text: String,
    /// Its columns. How they are written is up to who asks the query.
    pub(super) columns: Vec<Column>,
    pub(super) relation: Relation,
    /// What its rows are ordered by.
    pub(super) order: Vec<Order>,
    pub(super) has_limit: bool,
}

/// What stands behind `FROM`.
pub(super) struct Source {
    pub(super) text: String,
    pub(super) columns: Vec<Column>,
    pub(super) relation: Relation,
}

/// The rows of groups or of a source, as the list of columns sees them.
struct Input {
    columns: Vec<Column>,
    relation: Relation,
    /// The keys of groups, which are the first columns; `None` where there are no groups.
    n_keys: Option<usize>,
}

/// The statement that the numbers make.
pub(super) fn statement(numbers: &[u16]) -> Query {
    let mut generator = Generator { choices: Choices::new(numbers), common: Vec::new(), always_groups: false };
    for _ in 0..[0, 0, 0, 1, 2][generator.choices.below(5)] {
        let name = generator.choices.name('w');
        let query = generator.query(1, None);
        generator.common.push((name, query));
    }
    let mut query = match generator.choices.once_in(8) {
        true => {
            let put = generator.put_together(1, None);
            Query { text: format!("SELECT * FROM ({}) AS put", put.text), ..put }
        }
        false => generator.select(2, None, true),
    };
    if !query.has_limit {
        // more than there can be: an answer is cut else
        query.text.push_str(" LIMIT 20000");
    }
    let common = generator.common.iter().map(|(name, query)| format!("{name} AS ({})", query.text));
    let common: Vec<String> = common.collect();
    if !common.is_empty() {
        query.text = format!("WITH {} {}", common.join(", "), query.text);
    }
    query
}

/// The statement of groups of the rows of tables that the numbers make.
pub(super) fn groups(numbers: &[u16]) -> Query {
    let mut generator = Generator { choices: Choices::new(numbers), common: Vec::new(), always_groups: true };
    generator.select(0, None, true)
}

impl Generator<'_> {
    /// A query with columns of those types, where any are given, and queries inside of it as deep as that.
    pub(super) fn query(&mut self, depth: usize, types: Option<&[Type]>) -> Query {
        let has_persons = types.is_some_and(|types| types.contains(&Type::Person));
        if depth > 0 && !has_persons && self.choices.once_in(6) {
            return self.put_together(depth, types);
        }
        self.select(depth, types, false)
    }

    fn put_together(&mut self, depth: usize, types: Option<&[Type]>) -> Query {
        let first = self.select(depth - 1, types, false);
        let types: Vec<Type> = first.columns.iter().map(|column| column.ty).collect();
        let second = self.select(depth - 1, Some(&types), false);
        let (words, operator) = *self.choices.one_of(&[
            ("UNION ALL", SetOperator::UnionAll),
            ("UNION DISTINCT", SetOperator::UnionDistinct),
            ("INTERSECT DISTINCT", SetOperator::IntersectDistinct),
            ("EXCEPT", SetOperator::Except),
        ]);
        let columns = first.columns.into_iter().zip(&second.columns);
        Query {
            text: format!("({}) {words} ({})", first.text, second.text),
            columns: columns
                .map(|(one, other)| Column { is_nullable: one.is_nullable || other.is_nullable, ..one })
                .collect(),
            relation: Relation::Put(operator, first.relation.into(), second.relation.into()),
            order: Vec::new(),
            has_limit: false,
        }
    }

    /// What stands behind `FROM`; where `has_persons`, it has a column of persons.
    pub(super) fn source(&mut self, depth: usize, has_persons: bool) -> Source {
        match self.choices.below(8) {
            3 => table("persons", &World::PERSON_COLUMNS, Relation::Persons),
            4 | 5 if depth > 0 && !has_persons => self.derived(depth, None, false),
            6 if !self.common.is_empty() && !has_persons => self.derived(0, None, false),
            7 if depth > 0 && !has_persons => self.join(depth),
            _ => table("events", &World::EVENT_COLUMNS, Relation::Events),
        }
    }

    /// A query that stands in front, or of its own where there is none; where `is_named`, its columns are written with its name.
    fn derived(&mut self, depth: usize, types: Option<&[Type]>, is_named: bool) -> Source {
        let alias = self.choices.name('s');
        let is_common = !self.common.is_empty() && types.is_none() && (depth == 0 || self.choices.once_in(3));
        let (text, query) = match is_common {
            true => {
                let number = self.choices.below(self.common.len());
                let (name, query) = self.common[number].clone();
                (name, query)
            }
            false => {
                let query = self.query(depth - 1, types);
                (format!("({})", query.text), query)
            }
        };
        let mut columns = query.columns;
        for column in &mut columns {
            let is_named = is_named || self.choices.once_in(4);
            column.text = if is_named { format!("{alias}.{}", column.name) } else { column.name.clone() };
        }
        Source { text: format!("{text} AS {alias}"), columns, relation: query.relation }
    }

    fn join(&mut self, depth: usize) -> Source {
        let left = self.derived(depth, None, true);
        let n_left = left.columns.len();
        let key = self.choices.below(n_left);
        let mut types = vec![left.columns[key].ty];
        types.extend((0..self.choices.below(3)).map(|_| *self.choices.one_of(&Type::PLAIN)).collect::<Vec<_>>());
        let right = self.derived(depth, Some(&types), true);
        let mut on = vec![(key, 0)];
        // another column of both, if there is one by chance
        let other = (0..n_left).find(|&other| other != key && types.get(1) == Some(&left.columns[other].ty));
        on.extend(other.filter(|_| self.choices.once_in(4)).map(|other| (other, 1)));
        let mut text = String::new();
        for (index, (one, other)) in on.iter().enumerate() {
            let and = if index > 0 { " AND " } else { "" };
            write!(text, "{and}{} = {}", left.columns[*one].text, right.columns[*other].text).unwrap();
        }
        // what is equal in it is no key: it asks one side alone
        let condition = self.choices.once_in(4).then(|| match self.choices.once_in(2) {
            true => self.condition(&left.columns, 0),
            false => {
                let hidden = Column { ty: Type::List, ..left.columns[0].clone() };
                let both: Vec<Column> = vec![hidden; n_left].into_iter().chain(right.columns.clone()).collect();
                self.condition(&both, 0)
            }
        });
        if let Some(condition) = &condition {
            write!(text, " AND {}", condition.text).unwrap();
        }
        let nothing = right.columns.iter().map(|column| column.ty.default(column.is_nullable)).collect();
        let (words, kind) = match self.choices.below(5) {
            0 | 1 => ("JOIN", JoinKind::Inner),
            2 => ("LEFT SEMI JOIN", JoinKind::Semi),
            3 => ("LEFT ANTI JOIN", JoinKind::Anti),
            _ => ("LEFT JOIN", JoinKind::Left(nothing)),
        };
        let sees_right = !matches!(kind, JoinKind::Semi | JoinKind::Anti);
        let mut columns = left.columns;
        columns.extend(right.columns.into_iter().filter(|_| sees_right));
        Source {
            text: format!("{} {words} {} ON {text}", left.text, right.text),
            columns,
            relation: Relation::Join {
                left: left.relation.into(),
                right: right.relation.into(),
                on,
                condition: condition.map(|condition| condition.meaning),
                kind,
            },
        }
    }

    fn array_join(&mut self, source: &mut Source) {
        let scope = &source.columns;
        let ty = *self.choices.one_of(&[Type::Text, Type::Int]);
        let (one, other) = (self.term(scope, ty, 1), self.term(scope, ty, 0));
        let (text, is_nullable, array) = match self.choices.below(3) {
            0 => {
                let text = format!("[{}, {}]", one.text, other.text);
                (text, one.is_nullable || other.is_nullable, Meaning::List(vec![one.meaning, other.meaning]))
            }
            1 if ty == Type::Text => {
                let text = format!("splitByChar('.', ifNull({}, ''))", one.text);
                let value = Meaning::IfNull(Box::new(one.meaning), Box::new(Meaning::Constant(Value::text(""))));
                (text, false, Meaning::Split(Box::new(value), '.'))
            }
            _ => {
                let condition = self.condition(scope, 0);
                let text = format!("if({}, [{}], [])", condition.text, one.text);
                let parts = [condition.meaning, Meaning::List(vec![one.meaning]), Meaning::List(Vec::new())];
                (text, one.is_nullable, Meaning::If(Box::new(parts)))
            }
        };
        let is_left = self.choices.once_in(3);
        let name = self.choices.name('c');
        write!(source.text, " {}ARRAY JOIN {text} AS {name}", if is_left { "LEFT " } else { "" }).unwrap();
        let input = std::mem::replace(&mut source.relation, Relation::OneRow);
        source.relation = Relation::ArrayJoin(input.into(), array, is_left.then(|| ty.default(is_nullable)));
        source.columns.push(Column { text: name.clone(), name, ty, is_nullable });
    }

    /// A `SELECT`.
    pub(super) fn select(&mut self, depth: usize, types: Option<&[Type]>, is_outermost: bool) -> Query {
        let has_persons = types.is_some_and(|types| types.contains(&Type::Person));
        let mut source = self.source(depth, has_persons);
        if self.choices.once_in(8) {
            self.array_join(&mut source);
        }
        let mut text = format!(" FROM {}", source.text);
        let mut relation = source.relation;
        if self.choices.once_in(2) {
            let condition = self.condition(&source.columns, 2);
            let word = if self.choices.once_in(6) { "PREWHERE" } else { "WHERE" };
            write!(text, " {word} {}", condition.text).unwrap();
            relation = Relation::Filter(relation.into(), condition.meaning);
        }
        let is_grouped = self.choices.below(5) > 2 || self.always_groups;
        let mut wanted = match types {
            Some(types) => types.to_vec(),
            None => (0..=self.choices.below(3)).map(|_| *self.choices.one_of(&Type::PLAIN)).collect(),
        };
        if is_outermost && is_grouped && self.choices.once_in(4) {
            wanted.push(Type::List);
        }
        let mut input = Input { columns: source.columns, relation, n_keys: None };
        // the column of the input that a column of the list is
        let mut read = vec![None; wanted.len()];
        if is_grouped {
            input = self.groups(input, &wanted, &mut read);
        }
        let mut items = Vec::with_capacity(wanted.len());
        for (index, (ty, read)) in wanted.iter().zip(&mut read).enumerate() {
            // without keys, an aggregate in the list is what makes groups
            let is_needed = index == 0 && input.n_keys == Some(0);
            let is_computed = !matches!(ty, Type::List | Type::Person) && self.choices.once_in(4);
            match read.filter(|_| is_needed || !is_computed) {
                Some(index) => items.push(column(&input.columns, index)),
                None => {
                    *read = None;
                    items.push(self.term(&input.columns, *ty, 2));
                }
            }
        }
        let mut columns: Vec<Column> = Vec::with_capacity(items.len());
        for item in &items {
            let name = self.choices.name('c');
            columns.push(Column { text: name.clone(), name, ty: item.ty, is_nullable: item.is_nullable });
        }
        if let Some(n_keys) = input.n_keys {
            let keys: Vec<String> =
                (0..n_keys).map(|key| self.key_text(key, &input.columns, &read, &columns)).collect();
            if !keys.is_empty() {
                write!(text, " GROUP BY {}", keys.join(", ")).unwrap();
            }
            if self.choices.once_in(3) {
                let having = self.condition(&input.columns, 1);
                write!(text, " HAVING {}", having.text).unwrap();
                input.relation = Relation::Filter(input.relation.into(), having.meaning);
            }
        }
        let mut listed: Vec<String> =
            items.iter().zip(&columns).map(|(item, column)| format!("{} AS {}", item.text, column.name)).collect();
        // columns can be named again by what they are, too
        for (column, item) in columns.iter_mut().zip(&items) {
            if !item.is_constant() && self.choices.once_in(4) {
                column.text.clone_from(&item.text);
            }
        }
        let values = items.into_iter().map(|item: Term| item.meaning).collect();
        let mut relation = Relation::Project(input.relation.into(), values);
        if types.is_none() && self.choices.once_in(4) {
            let n_windows = 1 + self.choices.below(2);
            let mut windows = Vec::with_capacity(n_windows);
            let scope = columns.clone();
            for number in 0..n_windows {
                // rows that are equal may stand in one order for one window, and in another for the next
                let (mut column, window) = self.window(&scope, number == 0);
                column.name = self.choices.name('c');
                listed.push(format!("{} AS {}", column.text, column.name));
                column.text.clone_from(&column.name);
                columns.push(column);
                windows.push(window);
            }
            relation = Relation::Windows(relation.into(), windows);
            if self.choices.once_in(3) {
                let condition = self.condition(&columns, 0);
                write!(text, " QUALIFY {}", condition.text).unwrap();
                relation = Relation::Filter(relation.into(), condition.meaning);
            }
        }
        let is_distinct = self.choices.once_in(5);
        if is_distinct {
            relation = Relation::Distinct(relation.into());
        }
        let distinct = if is_distinct { "DISTINCT " } else { "" };
        let mut query = Query {
            text: format!("SELECT {distinct}{}{text}", listed.join(", ")),
            columns,
            relation,
            order: Vec::new(),
            has_limit: false,
        };
        self.order_and_limit(&mut query);
        query
    }

    /// The rows in groups. `read` gets the positions of the columns of those types.
    fn groups(&mut self, input: Input, wanted: &[Type], read: &mut [Option<usize>]) -> Input {
        let scope = &input.columns;
        let (mut keys, mut aggregates): (Vec<Term>, Vec<(Column, Aggregate)>) = Default::default();
        let mut places = Vec::with_capacity(wanted.len());
        for ty in wanted {
            let is_key = *ty == Type::Person || (*ty != Type::List && keys.len() < 3 && self.choices.once_in(2));
            places.push((is_key, if is_key { keys.len() } else { aggregates.len() }));
            if is_key {
                keys.push(self.key(scope, *ty));
            } else {
                aggregates.push(self.aggregate(scope, *ty, 1));
            }
        }
        if keys.len() < 3 && self.choices.once_in(6) {
            let index = self.choices.below(scope.len());
            if scope[index].ty != Type::List {
                keys.push(column(scope, index));
            }
        }
        for (read, (is_key, position)) in read.iter_mut().zip(places) {
            *read = Some(if is_key { position } else { keys.len() + position });
        }
        let of_key = |key: &Term| Column {
            name: String::new(),
            text: key.text.clone(),
            ty: key.ty,
            is_nullable: key.is_nullable,
        };
        let (made, aggregates): (Vec<_>, Vec<_>) = aggregates.into_iter().unzip();
        Input {
            columns: keys.iter().map(of_key).chain(made).collect(),
            n_keys: Some(keys.len()),
            relation: Relation::Group {
                input: Rc::new(input.relation),
                keys: keys.into_iter().map(|key| key.meaning).collect(),
                aggregates,
            },
        }
    }

    /// A value to group by. A number alone would be a position.
    fn key(&mut self, scope: &[Column], ty: Type) -> Term {
        let key = self.term(scope, ty, 1);
        match key.is_constant() && ty == Type::Int {
            true => Term { text: format!("toInt({})", key.text), ..key },
            false => key,
        }
    }

    /// A key as `GROUP BY` names it: as it is, by the name of a column, by its position.
    fn key_text(&mut self, key: usize, input: &[Column], read: &[Option<usize>], columns: &[Column]) -> String {
        match (read.iter().position(|read| *read == Some(key)), self.choices.below(3)) {
            (Some(index), 1) => columns[index].name.clone(),
            (Some(index), 2) => (index + 1).to_string(),
            _ => input[key].text.clone(),
        }
    }

    fn order_and_limit(&mut self, query: &mut Query) {
        let all: Vec<usize> = (0..query.columns.len()).collect();
        let has_order = |index: &usize| !matches!(query.columns[*index].ty, Type::Person | Type::List);
        let mut by: Vec<usize> = all.iter().copied().filter(has_order).collect();
        let mut is_total = by.len() == all.len();
        match self.choices.below(4) {
            0 | 1 => return,
            2 => {
                by.truncate(1 + self.choices.below(2));
                is_total &= by.len() == all.len();
            }
            _ => {}
        }
        if by.is_empty() {
            return;
        }
        let first = self.choices.below(by.len());
        by.rotate_left(first);
        let (text, order) = self.orders(&query.columns, &by, true);
        write!(query.text, " ORDER BY {text}").unwrap();
        let sort = |relation: &mut Relation, make: &dyn Fn(Rc<Relation>) -> Relation| {
            let input = std::mem::replace(relation, Relation::OneRow);
            *relation = make(input.into());
        };
        sort(&mut query.relation, &|input| Relation::Sort(input, order.clone()));
        query.order = order;
        if !is_total {
            return;
        }
        if self.choices.once_in(4) {
            let (limit, offset) = (1 + self.choices.below(2), [0, 0, 1][self.choices.below(3)]);
            let column = self.choices.below(all.len());
            let offset_text = if offset > 0 { format!(" OFFSET {offset}") } else { String::new() };
            write!(query.text, " LIMIT {limit}{offset_text} BY {}", query.columns[column].name).unwrap();
            sort(&mut query.relation, &|input| Relation::LimitBy(input, vec![column], offset, limit));
        }
        if self.choices.once_in(2) {
            let (limit, offset) = ([2, 1, 3, 0, 7][self.choices.below(5)], [0, 0, 1, 2][self.choices.below(4)]);
            let offset_text = if offset > 0 { format!(" OFFSET {offset}") } else { String::new() };
            write!(query.text, " LIMIT {limit}{offset_text}").unwrap();
            sort(&mut query.relation, &|input| Relation::Limit(input, offset, limit));
            query.has_limit = true;
        }
    }

    /// An order by those columns, which may stand for themselves by their positions where `by_position`.
    pub(super) fn orders(&mut self, columns: &[Column], by: &[usize], by_position: bool) -> (String, Vec<Order>) {
        let (mut texts, mut orders) = (Vec::new(), Vec::new());
        for &column in by {
            let descends = self.choices.once_in(2);
            let nulls = self.choices.below(4);
            let mut text = match by_position && self.choices.once_in(4) {
                true => (column + 1).to_string(),
                false => columns[column].text.clone(),
            };
            text.push_str(if descends { " DESC" } else { "" });
            text.push_str(["", "", " NULLS LAST", " NULLS FIRST"][nulls]);
            texts.push(text);
            orders.push(Order { column, descends, nulls_first: nulls == 3 });
        }
        (texts.join(", "), orders)
    }
}

fn table(name: &str, columns: &[&str], relation: Relation) -> Source {
    let column = |text: &&str| Column {
        name: (*text).to_owned(),
        text: (*text).to_owned(),
        ty: match *text {
            "timestamp" => Type::Instant,
            "person_id" | "id" => Type::Person,
            _ => Type::Text,
        },
        is_nullable: text.contains("properties"),
    };
    Source { text: name.to_owned(), columns: columns.iter().map(column).collect(), relation }
}
