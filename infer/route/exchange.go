package route

// Payload is what the caller keeps for one method of one node of the trie. Merging is associative and
// commutative, and leaves its argument as it was.
type Payload interface {
	Merge(Payload)
	AppendBinary([]byte) ([]byte, error)
}

// Exchange is what one request and its answer tell about paths.
type Exchange struct {
	Method string // upper case
	Path   string // percent-encoded as sent, without query
	Status int    // 0 when there was no answer
	// Location is that header of the answer.
	Location string
	// HasBody says that the answer had a body, List that it is an array of things or wraps one.
	HasBody, List bool
	// Scalars are the strings and integers of the answer's decoded body, Request those of the request's
	// (JSON or a form). The caller bounds how many there are and how long.
	Scalars, Request []Scalar
	// Keys are the names of properties in both bodies.
	Keys []string
}

// Scalar is one string or integer of a body.
type Scalar struct {
	// Field is the name of the property that holds it, or of the one that holds its list; "" at the root.
	Field string
	// Owner is the name of the property that holds the object (or its list) around it, "" at the root.
	Owner string
	Text  string
	Item  bool // an element of a list, not an object's property
	Depth int  // objects around it, 0 for a bare body
}
