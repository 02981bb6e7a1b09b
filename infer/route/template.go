package route

import "strings"

// Template is one decided path.
type Template struct {
	Segments []Segment
	// TrailingSlash says that most of its requests ended in a slash.
	TrailingSlash bool
	Methods       []MethodFacts // sorted by method; at least one
	Seen          int64
	// NotFound says that nothing but 404 and 405, or nothing, was ever answered here, so that the path is no evidence of an
	// operation. Overflow says that what was seen here cannot be told apart any more, since a bound was reached.
	NotFound, Overflow bool

	trailingSlashes int64
}

// MethodFacts is one method of a template.
type MethodFacts struct {
	Method   string
	Payload  Payload
	Seen     int64
	Statuses []StatusCount // sorted
	NotFound bool          // nothing but 404 and 405, or nothing, was answered
}

// StatusCount counts the answers of one status.
type StatusCount struct {
	Status int
	Seen   int64
}

// Segment is what stands between two slashes: one or more parts.
type Segment struct {
	Chunks []Chunk
	// Evidence says why a literal is one; a parameter's evidence is with the parameter.
	Evidence []Evidence
}

// Part is a literal, percent-encoded, or a parameter.
type Chunk struct {
	Literal string
	Param   *Param
}

// Param is one path parameter.
type Param struct {
	Name string
	// Multi says that values may span slashes.
	MultiSegment bool
	// Format is "integer", "uuid", "date", "ip", "email" or "hex" when all values have that shape, else "".
	Format string
	Seen   int64 // requests
	Values int64 // distinct values, estimated
	// Evidence says why this is a parameter, strongest first. Fields are the properties of bodies that held its
	// values, the most frequent first.
	Evidence []Evidence
	Fields   []FieldUse
	// Sources are the operations whose answers give values of this parameter, those that give most first.
	Producers []Producer
	// NameRule says where the name comes from.
	NameRule string
}

// FieldUse is a property that held values of a parameter.
type FieldUse struct {
	Owner, Field string // Owner is "" unless it was needed to tell
	Seen         int64  // answers to requests with the parameter that held the value
}

// name is how facts know the field.
func (u FieldUse) qualified() string {
	if u.Owner != "" {
		return u.Owner + "." + u.Field
	}
	return u.Field
}

// Source is a property at the top of an operation's answers that held values of a parameter.
type Producer struct {
	Method string
	Path   string // the operation's template, as [Template.String] writes it
	Field  string // the property's name
	Values int64  // distinct values, of a sample
}

// Evidence is one reason.
type Evidence struct {
	Rule   string  // in words
	Weight float64 // log-odds; positive for a parameter
	Count  int64   // how many segments or answers it rests on
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

// String writes the template as OpenAPI does.
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

// String writes the segment as OpenAPI does.
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

// escapeBraces keeps literal braces from being read as parameters.
func escapeBraces(s string) string {
	if !strings.ContainsAny(s, "{}") {
		return s
	}
	return strings.NewReplacer("{", "%7B", "}", "%7D").Replace(s)
}

// norm writes the template with nameless parameters: templates that are equal so match the same paths.
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
