package route

import (
	"slices"
	"strings"
)

// Template is one decided path.
type Template struct {
	Segments []Segment
	// TrailingSlash reports whether most requests ended in a slash.
	TrailingSlash bool
	// Extension is the data extension that most paths of the API end in, if this one does: ".json".
	Extension string
	Methods   []MethodFacts // sorted by method; at least one
	Seen      int64
	// NotFound reports whether there was no response other than 404 and 405, so that the path is no
	// evidence of an operation. Overflow reports whether a limit was reached, so that the exchanges
	// here are counted together only.
	NotFound, Overflow bool

	trailingSlashes int64
}

// MethodFacts holds the facts about one method of a template.
type MethodFacts struct {
	Method   string
	Payload  Payload
	NotFound bool // no response had another status than 404 or 405
	// Choices holds the payload by the values of parameters that have few, all of them words.
	Choices []Choice
	// Refused reports whether the method is known only from values that were always refused, such
	// as malformed or empty identifiers.
	Refused bool

	seen, trailingSlashes int64 // requests, and those whose path ended in a slash
}

// Choice is the payload of requests with one value of a parameter, or of some of them.
type Choice struct {
	At, Value string  // the path up to the parameter, as written by [Template.String]
	Payload   Payload // of the tree: it must not be changed
}

// Segment is the text between two slashes: one or more chunks.
type Segment struct {
	Chunks []Chunk
	// Evidence explains a literal. The evidence for a parameter is in its [Param].
	Evidence []Evidence
}

// Chunk is a literal, percent-encoded, or a parameter. A segment consists of one or more.
type Chunk struct {
	Literal string
	Param   *Param
}

// Param is a path parameter.
type Param struct {
	Name string
	// MultiSegment reports whether values may contain slashes.
	MultiSegment bool
	// Format is "integer", "uuid", "date", "ip", "email" or "hex" if all values have that shape,
	// else "".
	Format string
	Seen   int64 // requests
	Values int64 // distinct values, estimated
	// Hashes are those of the values, or of a sample (see [bottomk.Hash]). Of parameters with the
	// same values, one has them.
	Hashes map[uint64]struct{}
	// Evidence explains the parameter, strongest first. Fields are the properties of bodies that
	// held its values, most frequent first.
	Evidence []Evidence
	Fields   []FieldUse
	// Producers are the operations whose responses contain values of this parameter, those with
	// most values first.
	Producers []Producer
	// NameRule explains where the name comes from.
	NameRule string
}

// FieldUse is a property that held values of a parameter.
type FieldUse struct {
	Owner, Field string // Owner is "" unless Field means little without it
	Seen         int64  // responses to requests with the parameter that held the value
}

// qualified returns the name by which facts know the field.
func (u FieldUse) qualified() string {
	if u.Owner != "" {
		return u.Owner + "." + u.Field
	}
	return u.Field
}

// Producer is a top-level property of an operation's responses that held values of a parameter.
type Producer struct {
	Method string
	Path   string // template of the operation, as written by [Template.String]
	Field  string // name of the property
	Values int64  // distinct values, in a sample
}

// Evidence is one reason for or against a parameter.
type Evidence struct {
	Rule   string  // in words
	Weight float64 // log-odds; positive for a parameter
	Count  int64   // number of segments or responses that support it
}

// add adds a segment. A matrix parameter belongs to the segment before it.
func (t *Template) add(s Segment) {
	if n := len(t.Segments); n > 0 && len(s.Chunks) == 2 && s.Chunks[1].Param != nil && strings.HasPrefix(s.Chunks[0].Literal, ";") {
		to := &t.Segments[n-1]
		to.Chunks = slices.Concat(to.Chunks, s.Chunks)
		return
	}
	t.Segments = append(t.Segments, s)
}

// Params lists the parameters in order.
func (t *Template) Params() []*Param {
	var out []*Param
	for _, s := range t.Segments {
		for _, p := range s.Chunks {
			if p.Param != nil {
				out = append(out, p.Param)
			}
		}
	}
	return out
}

// String writes the template as an OpenAPI path.
func (t *Template) String() string {
	var b strings.Builder
	for _, s := range t.Segments {
		b.WriteByte('/')
		b.WriteString(s.String())
	}
	if len(t.Segments) == 0 || t.TrailingSlash {
		b.WriteByte('/')
	}
	return b.String()
}

// String writes the segment as in an OpenAPI path.
func (s Segment) String() string {
	var b strings.Builder
	for _, p := range s.Chunks {
		if p.Param != nil {
			b.WriteString("{" + p.Param.Name + "}")
		} else {
			b.WriteString(escapeBraces(p.Literal))
		}
	}
	return b.String()
}

// escapeBraces encodes literal braces, which would be read as parameters.
func escapeBraces(s string) string {
	if !strings.ContainsAny(s, "{}") {
		return s
	}
	return strings.NewReplacer("{", "%7B", "}", "%7D").Replace(s)
}

// pattern writes the template without parameter names. Templates with equal patterns match the same
// paths.
func (t *Template) pattern() string {
	var b strings.Builder
	for _, s := range t.Segments {
		b.WriteByte('/')
		for _, p := range s.Chunks {
			if p.Param != nil {
				b.WriteString("{}")
			} else {
				b.WriteString(p.Literal)
			}
		}
	}
	return b.String()
}
