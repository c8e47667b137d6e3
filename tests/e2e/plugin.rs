//! Plugins in the hands of authors and operators: made, built, tested, loaded, rolled back, and refused.

mod author;
mod operator;
mod refused;
