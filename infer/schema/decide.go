package schema

// Role says what a position is.
type Role uint8

// The roles of positions.
const (
	Response Role = iota // of a success
	Request
	Error // the answer of a failure
)

// Position is one place of the API where bodies of one kind stand.
type Body struct {
	// Key is stable and unique among positions: "GET /users/{id} 200 application/json".
	Key    string
	Role   Role
	Method string
	// Nouns are the literals of the path template from last to first, without version numbers and the
	// like; names of components come from them.
	Nouns []string
	// Item says that the template ends with a variable: one thing of a collection.
	Item bool
	// Family is the URL shared by a collection and its items ("/users" of "/users" and "/users/{id}");
	// records of one family are one thing more readily. May be "".
	Family string
	// Form says that the body is a form.
	Form bool
	// Record says that the body itself is no map: the parts of a form have names.
	NeverMap bool
	// Part says that the body is one of several kinds that come in one place, such as the events of a stream: a record has
	// a name of its own then, however small.
	Alternative bool
	Facts       *Facts // not changed
}

// Policy holds the choices of deciding. The zero value is the default.
type Policy struct {
	// Inline keeps every schema where it is used: no components but those that recursion needs.
	Inline bool
	// OpenEnums closes no string to the values seen: all enums become suggestions.
	OpenEnums bool
	// NoRequired states no property of a body as required.
	NoRequired bool
	// NoMaps takes no object for a map: names of elements of XML are no data.
	NoMaps bool
}

// Decision is what the facts mean.
type Decision struct {
	Schemas    []*Schema   // one for each position, in the order given; nil where nothing was seen
	Components []Component // by name; all are used

	graph          *graph
	componentNames map[int32]string // of components, by cluster
}

// Decide turns the facts of all positions into schemas. It is a pure function of them: neither the order of
// positions nor the way their facts came together changes anything but the order of Schemas. Keys must be
// unique.
func Decide(positions []Body, p Policy) Decision {
	g := newGraph(positions, p)
	g.resolve()
	return g.emit()
}
