//! One contract suite a port, written against the trait and run by every implementation.
