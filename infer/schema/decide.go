package schema

// Role is the role of a body in its exchange.
type Role uint8

// The roles of bodies.
const (
	Response Role = iota // a successful response
	Request
	Error // an error response
)

// Body describes one kind of body in an API, such as the responses of one operation with one status
// and media type, and holds its facts.
type Body struct {
	// Key identifies the body and is stable: "GET /users/{id} 200 application/json".
	Key    string
	Role   Role
	Method string
	// Nouns are the literals of the path template from last to first, without version numbers.
	// They give names to components.
	Nouns []string
	// Action is the last literal of the path if it is what is done to the item that Nouns name.
	Action string
	// Owned reports whether a parameter precedes the first of Nouns, so that the next one names its
	// owner and not what it qualifies.
	Owned bool
	// Item reports whether the template ends with a parameter, so that it is one item of a
	// collection.
	Item bool
	// Family is the URL shared by a collection and its items ("/users" of "/users" and
	// "/users/{id}"), or "". Records of one family need less similarity to be united.
	Family string
	// Form reports whether the body is a form.
	Form bool
	// NeverMap reports whether the body itself cannot be a map, because its properties are named in
	// advance, such as the fields of multipart forms.
	NeverMap bool
	// Event is the name of the events that have the body, in a stream with several; else "". The
	// record is a named component, however small, and a tag with that value is a constant.
	Event string
	// Demanded holds, of a request, the names that refusals demanded of requests without them; nil
	// for none.
	Demanded *NameSet
	Facts    *Facts // not modified
}

// Policy configures decisions. The zero value is the default.
type Policy struct {
	// Inline writes every schema where it is used. Only recursive schemas become components.
	Inline bool
	// OpenEnums closes no enum.
	OpenEnums bool
	// NoRequired marks no property of a body as required.
	NoRequired bool
	// Data holds names of properties that are data. Their values count as those of a map.
	Data map[string]bool
	// NoMaps never decides that an object is a map. XML uses it, because names of elements are not
	// data.
	NoMaps bool
}

// Decision is the result of Decide.
type Decision struct {
	Schemas    []*Schema   // one for each body, in the order given; nil if nothing was seen
	Components []Component // sorted by name; each is used

	graph          *graph
	componentNames map[int32]string // by cluster
}

// Decide turns the facts of all bodies into schemas. It is a pure function: the order of bodies
// affects only the order of Schemas, and the way facts were merged affects nothing. Keys must be
// unique.
func Decide(bodies []Body, p Policy) Decision {
	g := newGraph(bodies, p)
	g.resolve()
	return g.emit()
}

// resolve unites positions and records that are the same thing (record linkage), and then decides
// everything else. It proceeds from certain unions to likely ones.
func (g *graph) resolve() {
	for i := range g.positions { // objects at one position that no tag divides
		g.uniteSameTags(int32(i))
		g.processUnions()
	}
	for i := range g.positions { // objects that are similar despite their tags
		g.uniteAlikeTags(int32(i))
	}
	g.findMaps()
	g.linkRecords()
	g.decideAlternatives()
	g.findMaps()
	for g.decideAlternatives() || g.restoreMaps() {
	}
	g.mirrorRequests()
	for g.decideAlternatives() || g.restoreMaps() {
	}
	g.shareRequestProperties()
	g.fillUnknown()
	g.findEnums()
	g.findNumbers()
	g.findDemanded()
	g.estimateAbsence()
	g.findPatches()
}
