package schema

// Observer receives the names, strings and integers of a body while it is read.
type Observer interface {
	// Position is called once for each position of strings or integers, and its result is passed to
	// the other methods. field is the name of the property that holds the value or, if item is set,
	// the array that holds it. owner is the name of the property that holds the surrounding object
	// ("" at the top).
	Position(field, owner string, item bool) Position
	// Scalar reports a string or integer, in the order of the body. text is the string without
	// quotes and escapes, or the JSON text of the number; it is valid during the call only. hash is
	// sketch.Hash(text). The result says how to report the value if it occurs again as the next
	// value at this position, in this body or another.
	Scalar(position Position, kind Kind, text []byte, hash uint64) RepeatReport
	// Repeat reports a repeated value instead of Scalar; how is the result of Scalar. The receiver
	// is the observer of the current body. position points to where the facts hold the position: it
	// is rarely needed and rarely in the processor caches.
	Repeat(position *Position, how RepeatReport, kind Kind, text []byte, hash uint64)
	// Key reports the name of a property, once for each position.
	Key(name string)
	// Hides reports whether a text of the body must not be kept because of where it stands: after
	// the name of a secret in a list, or in a member that another one names. field, owner and item
	// are as in Position. The text is valid during the call only.
	Hides(field, owner string, item bool, text []byte) bool
}

// Position is an observer's handle for one position.
type Position interface {
	// Count adds n repeats of the latest value at the position, for a value whose RepeatReport is
	// ReportCounted. It is called before the next value is reported there, and at the latest by
	// [Facts.Settle]. n is -1 to take back one repeat.
	Count(n int)
}

// RepeatReport selects how the observer learns of repeated values.
type RepeatReport uint8

// The ways to report a repeat.
const (
	ReportScalar  RepeatReport = iota // by Scalar
	ReportNothing                     // not at all
	ReportRepeat                      // by Repeat
	ReportCounted                     // by Repeat and, later, by Position.Count
)
