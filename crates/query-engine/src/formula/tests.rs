use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, values: &[f64], expected: f64) {
    let formula = Formula::parse(text, values.len()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let value = formula.evaluate(values);
    assert!((value - expected).abs() < 1e-12, "{text} of {values:?} is {value}, not {expected}");
}

#[track_caller]
fn check_refused(text: &str, message: &str) {
    assert_eq!(Formula::parse(text, 2).unwrap_err().to_string(), message);
}

#[test]
fn operators_have_their_usual_precedence() {
    check("A+2*B", &[1.0, 3.0], 7.0);
    check("(A+2)*B", &[1.0, 3.0], 9.0);
    check("A - B - 1", &[5.0, 3.0], 1.0);
    check("A/B*100", &[1.0, 4.0], 25.0);
    check("a % b", &[7.0, 4.0], 3.0);
    check("-A**2", &[3.0], -9.0);
    check("2**-1", &[], 0.5);
    check("2**3**2", &[], 512.0);
    check("--A", &[3.0], 3.0);
    check("A--B", &[3.0, 4.0], 7.0);
    check("  ( A )+ .5e1 ", &[1.0], 6.0);
    check("(A/3600)/B", &[7200.0, 2.0], 1.0);
}

#[test]
fn what_is_no_finite_number_is_zero() {
    check("A/B", &[1.0, 0.0], 0.0);
    check("A/0 + 1", &[1.0], 1.0);
    check("A % 0", &[1.0], 0.0);
    check("10**A", &[1000.0], 0.0);
    check("(0-8)**.5", &[], 0.0);
    check("A*B", &[f64::MAX, 2.0], 0.0);
}

#[test]
fn refusals_name_the_character() {
    check_refused("  ", "the formula is empty; write one such as A / B * 100");
    check_refused("A/C", "the formula names series C at character 3, but the query has 2 series (A is the first)");
    check_refused(
        "A+",
        "unexpected end at character 3 of the formula; a series (A, B, …), a number or a parenthesis is expected there",
    );
    check_refused(
        "A B",
        "unexpected 'B' at character 3 of the formula; an operator (+, -, *, /, %, **) or the end is expected there",
    );
    check_refused(
        "(A",
        "unexpected end at character 3 of the formula; an operator or a closing parenthesis is expected there",
    );
    check_refused(
        "sum(A)",
        "unexpected 's' at character 1 of the formula; a series by one letter (A, B, …) is expected there",
    );
    check_refused(
        "A + é",
        "unexpected 'é' at character 5 of the formula; a series (A, B, …), a number or a parenthesis is expected there",
    );
    check_refused("1e999", "unexpected '1' at character 1 of the formula; a number is expected there");
    check_refused(".", "unexpected '.' at character 1 of the formula; a number is expected there");
    check_refused(&"(".repeat(60), "the formula is nested deeper than 50 levels at character 52");
    check_refused(&"-".repeat(60), "the formula is nested deeper than 50 levels at character 52");
    check_refused(&"1+".repeat(600), "the formula is longer than 1000 bytes");
}

/// A formula as text, and what it makes of given values.
#[derive(Clone, Debug)]
enum Tree {
    Number(u8),
    Series(usize),
    Negated(Box<Tree>),
    Binary(char, Box<Tree>, Box<Tree>),
}

impl Tree {
    /// The text with a parenthesis around every part.
    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Series(index) => ["A", "B", "C"][*index].to_owned(),
            Self::Negated(inner) => format!("-({})", inner.text()),
            Self::Binary(operator, left, right) => format!("({}) {operator} ({})", left.text(), right.text()),
        }
    }

    fn value(&self, values: [f64; 3]) -> f64 {
        match self {
            Self::Number(number) => f64::from(*number),
            Self::Series(index) => values[*index],
            Self::Negated(inner) => -inner.value(values),
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.value(values), right.value(values));
                match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    _ if right == 0.0 => 0.0,
                    '/' => left / right,
                    _ => left % right,
                }
            }
        }
    }
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![any::<u8>().prop_map(Tree::Number), (0..3_usize).prop_map(Tree::Series)];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let operator = prop::sample::select(vec!['+', '-', '*', '/', '%']);
        prop_oneof![
            inner.clone().prop_map(|inner| Tree::Negated(Box::new(inner))),
            (operator, inner.clone(), inner).prop_map(|(operator, left, right)| Tree::Binary(
                operator,
                Box::new(left),
                Box::new(right)
            )),
        ]
    })
}

proptest! {
    #[test]
    fn a_parsed_formula_computes_what_its_tree_does(tree in any_tree(), values in [-9_i8..9, -9..9, -9..9]) {
        let values = values.map(f64::from);
        let formula = Formula::parse(&tree.text(), 3);
        prop_assume!(!matches!(formula, Err(FormulaError::TooLong | FormulaError::TooDeep { .. })));
        prop_assert_eq!(formula.unwrap().evaluate(&values), finite(tree.value(values)));
    }

    #[test]
    fn precedence_is_that_of_the_naive_split(numbers in prop::collection::vec(1_u8..9, 1..8), operators in prop::collection::vec(0_u8..4, 8)) {
        let mut text = numbers[0].to_string();
        // Terms to be added up, each a product.
        let mut terms = vec![f64::from(numbers[0])];
        for (number, operator) in numbers[1..].iter().zip(operators) {
            let number_value = f64::from(*number);
            let sign = match operator {
                0 => { terms.push(number_value); '+' }
                1 => { terms.push(-number_value); '-' }
                2 => { *terms.last_mut().unwrap() *= number_value; '*' }
                _ => { *terms.last_mut().unwrap() /= number_value; '/' }
            };
            text.push_str(&format!(" {sign} {number}"));
        }
        let expected: f64 = terms.iter().sum();
        let value = Formula::parse(&text, 0).unwrap().evaluate(&[]);
        prop_assert!((value - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{} is {}, not {}", text, value, expected);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,40}") {
        let _ = Formula::parse(&text, 3);
    }
}
