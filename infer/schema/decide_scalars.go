package schema

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// pooledFacts merges the scalar facts of a position, including mirrored ones.
func (g *graph) pooledFacts(id int32) *valueFacts {
	if mirrored := g.positions[id].mirrored; len(mirrored) > 0 {
		return poolScalars(slices.Concat(g.positions[id].facts, mirrored))
	}
	return g.independentFacts(id)
}

// independentFacts merges the scalar facts of a position that are independent evidence: a value
// that was sent and came back counts once.
func (g *graph) independentFacts(id int32) *valueFacts { return poolScalars(g.positions[id].facts) }

// poolScalars merges the scalar facts of several positions.
func poolScalars(ns []*valueFacts) *valueFacts {
	f := &valueFacts{}
	for _, n := range ns {
		f.keepsText = f.keepsText || n.keepsText
		for i, c := range n.kinds {
			f.kinds[i] = sum32(f.kinds[i], c)
		}
		f.exchanges = sum32(f.exchanges, n.exchanges)
		f.isText = f.isText || n.isText
		f.isFile = f.isFile || n.isFile
		f.numbers.merge(&n.numbers)
	}
	for _, n := range ns {
		if n.strings != nil {
			f.stringFacts().merge(n.strings, f.keepsText)
		}
	}
	return f
}

// scalarSchema decides the scalars of a position with facts f, or nil if there are none.
func (g *graph) scalarSchema(id int32, f *valueFacts) *Schema {
	w := &g.positions[id].origin
	field := ""
	if w.name >= 0 {
		field = g.names[w.name]
	}
	d := domainOf(&g.bodies[w.body])
	isRequest := d == domainRequest || d == domainPatch || d == domainForm
	s := f.scalarSchema(field, isRequest)
	if s != nil && g.fractional[id] {
		s.Kind, s.Format = s.Kind&^Integer|Number, ""
	}
	if s == nil {
		return nil
	}
	g.addEnum(id, f, s)
	if len(s.Enum) > 0 {
		s.Description = ""
	}
	if s.Kind == String && f.strings != nil && f.strings.empty > 0 && s.Enum == nil && !f.isText {
		format := f.formatFor(field, isRequest)
		if format == "date-time" || format != "" && f.strings.values.distinct() >= minBesideEmpty {
			return &Schema{AnyOf: []*Schema{{Kind: String, Format: format}, {Kind: String, Enum: []string{""}}}}
		}
	}
	return s
}

// scalarSchema decides the scalars of n by its own facts, or nil if there are none.
func (n *valueFacts) scalarSchema(field string, isRequest bool) *Schema {
	s := &Schema{}
	if n.kinds[kindBoolean] > 0 {
		s.Kind |= Boolean
	}
	if n.kinds[kindNumber] > 0 {
		s.Kind |= Number
	} else if n.kinds[kindInteger] > 0 {
		s.Kind |= Integer
	}
	if n.kinds[kindString] > 0 {
		s.Kind |= n.stringKind(field)
	}
	switch s.Kind {
	case 0:
		return nil
	case Integer:
		s.Description = n.unixTimeDescription(field)
		if !n.numbers.hasBig && n.numbers.hasRange && (n.numbers.min < -1<<31 || n.numbers.max >= 1<<31) {
			s.Format = "int64"
		}
	case String:
		if n.isFile || n.strings != nil && n.strings.empty == 0 {
			s.Format = n.formatFor(field, isRequest)
		}
		if s.Format == "" && n.isDecimalText() {
			s.Description = "a decimal number as text"
		}
	}
	s.Example = n.example(field, s.Kind)
	return s
}

// unixTimeDescription describes integers that are times, as judged by their range and name.
func (n *valueFacts) unixTimeDescription(field string) string {
	if n.numbers.hasBig || !n.numbers.hasRange || !isHinted("date-time", field) && !isHinted("date", field) {
		return ""
	}
	const from, to = 500_000_000, 4_200_000_000 // 1985 to 2103
	switch {
	case n.numbers.min >= from && n.numbers.max <= to:
		return "Unix time in seconds"
	case n.numbers.min >= from*1000 && n.numbers.max <= to*1000:
		return "Unix time in milliseconds"
	}
	return ""
}

// isDecimalText reports whether all strings are decimal numbers and not integers.
func (n *valueFacts) isDecimalText() bool {
	s := n.strings
	return s != nil && !n.isText && s.empty == 0 && s.formatCount(fmtNumber) == n.kinds[kindString] &&
		s.formatCount(fmtInteger) == 0
}

// freeText ends the names of parameters and fields that accept any text, even if all values seen
// were digits.
var freeText = wordSet(`
	q query search name filter title text description comment message keyword term body content
	value label labels tag tags code token password secret key phone zip postal sort ref branch
	sha path slug login username email address city line1 line2 cursor version`)

// stringKind returns the kind of strings. Values given as text have the kind that all of them can
// be read as.
func (n *valueFacts) stringKind(field string) Kind {
	if !n.isText || n.strings == nil {
		return String
	}
	all := n.kinds[kindString] - n.strings.empty
	ws := noun.Words(field)
	switch {
	case all == 0 || n.isFile, len(ws) > 0 && freeText[ws[len(ws)-1]]:
		return String
	case n.strings.values.distinct() < 2 && !isCountName(field) && n.strings.formatCount(fmtBoolean) != all:
		return String
	case n.strings.formatCount(fmtBoolean) == all:
		return Boolean
	case n.strings.formatCount(fmtInteger) == all:
		return Integer
	case n.strings.formatCount(fmtNumber) == all:
		return Number
	}
	return String
}

// commonFormat returns the format that all non-empty strings have, regardless of the name.
func (n *valueFacts) commonFormat() string {
	if n.isFile {
		return "binary"
	}
	if n.strings == nil {
		return ""
	}
	all := n.kinds[kindString] - n.strings.empty
	if all == 0 {
		return ""
	}
	for i, name := range formatNames {
		if n.strings.formatCounts[i] == all {
			return name
		}
	}
	return ""
}

// formatHints are words in property names that suggest a format.
var formatHints = map[string]map[string]bool{
	"date": wordSet(`date dates day days on from to start end since until birthday dob due deadline expiry
		expiration effective month as in out checkin checkout arrival arrive departure depart begin before after`),
	"uuid":     wordSet(`id uuid guid uid key token ref reference identifier trace request`),
	"email":    wordSet(`email mail emails`),
	"hostname": wordSet(`host hostname domain fqdn dns server hosts domains`),
	"byte": wordSet(`base64 b64 bundle certificate cert pem der blob binary encoded csr ca jwks public
		signature hash checksum`),
	"duration": wordSet(`duration period interval timeout ttl age window lifetime`),
	"uri": wordSet(`url uri href link self next prev previous last first endpoint html avatar image icon
		logo callback webhook urls links context`),
	"date-time": wordSet(`at time date timestamp on created updated modified expires start end since until reset`),
}

// minBesideEmpty is the number of distinct values with a format that are needed if empty strings
// occur, too.
const minBesideEmpty = 3

// minBase64Length is the length from which base64 is not a coincidence.
const minBase64Length = 64

// base64KeyLength is the length of 32 bytes in base64, as in keys and digests. It is no coincidence
// in as many distinct values as minBase64Keys.
const (
	base64KeyLength = 44
	minBase64Keys   = 3
)

// formatFor weighs the common format against the name and the number of values. Some formats occur
// by chance unless the name suggests them, and more so in requests than in responses.
func (n *valueFacts) formatFor(field string, isRequest bool) string {
	f := n.commonFormat()
	if f == "" || f == "binary" || n.strings == nil {
		return f
	}
	hint := isHinted(f, field)
	distinct := int(n.strings.values.distinct())
	switch f {
	case "email", "hostname", "byte", "duration":
		s := n.strings
		isKey := s.minLen == base64KeyLength && s.maxLen == base64KeyLength && distinct >= minBase64Keys
		if !hint && !(f == "byte" && (s.minLen >= minBase64Length || isKey)) {
			return ""
		}
	case "date-time":
	case "uri": // people often type an incomplete URI into fields like homepage
		if !hint && distinct < 4 {
			return ""
		}
	case "ipv4", "ipv6":
		if isRequest && !hint && distinct < 3 {
			return ""
		}
	case "uuid":
		if !hint && distinct < 2 { // never by chance, but clients send one to see it refused
			return ""
		}
	case "date":
		if !hint && (distinct < 2 || isRequest && distinct < 3) {
			return ""
		}
	}
	return f
}

// isHinted reports whether a word of the name suggests the format.
func isHinted(format, field string) bool {
	return slices.ContainsFunc(noun.Words(field), func(w string) bool { return formatHints[format][w] })
}

// Decide returns the schema of a parameter with this name.
func (t *textFacts) Decide(name string, p Policy) *Schema {
	if s := t.values.scalarSchema(name, true); s != nil {
		return s
	}
	return &Schema{Kind: String}
}
