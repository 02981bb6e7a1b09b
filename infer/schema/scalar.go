package schema

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// scalars pools the facts of a place but for its records and items.
func (g *graph) scalars(id int32) *node {
	if sent := g.places[id].sent; len(sent) > 0 {
		return pool(slices.Concat(g.places[id].nodes, sent))
	}
	return g.witnessed(id)
}

// witnessed pools the facts of a place that count as evidence: what was sent and came back counts once.
func (g *graph) witnessed(id int32) *node { return pool(g.places[id].nodes) }

func pool(ns []*node) *node {
	f := &node{}
	for _, n := range ns {
		f.keep = f.keep || n.keep
		for i, c := range n.kinds {
			f.kinds[i] = sum32(f.kinds[i], c)
		}
		f.exch = sum32(f.exch, n.exch)
		f.typed = f.typed || n.typed
		f.files = f.files || n.files
		f.num.merge(&n.num)
	}
	for _, n := range ns {
		if n.str != nil {
			f.strings().merge(n.str, f.keep)
		}
	}
	return f
}

// scalar decides the scalars of a place, whose facts are f; nil when there are none.
func (g *graph) scalar(id int32, f *node) *Schema {
	w := &g.places[id].where
	field := ""
	if w.field >= 0 {
		field = g.names[w.field]
	}
	d := domainOf(&g.positions[w.pos])
	s := f.schema(field, d == inRequest || d == inPatch || d == inForm)
	if s != nil && g.numbers[id] {
		s.Kind, s.Format = s.Kind&^Integer|Number, ""
	}
	if s == nil {
		return nil
	}
	g.enum(id, f, s)
	if len(s.Enum) > 0 {
		s.Description = ""
	}
	if s.Kind == String && f.str != nil && f.str.empty > 0 && s.Enum == nil && !f.typed {
		if format := f.formatFor(field, d == inRequest || d == inPatch || d == inForm); format != "" && (format == "date-time" || f.str.values.distinct() >= besideEmpty) {
			return &Schema{AnyOf: []*Schema{{Kind: String, Format: format}, {Kind: String, Enum: []string{""}}}}
		}
	}
	return s
}

// schema decides scalars by their own facts; nil when there are none.
func (n *node) schema(field string, sent bool) *Schema {
	s := &Schema{}
	if n.kinds[isBoolean] > 0 {
		s.Kind |= Boolean
	}
	if n.kinds[isNumber] > 0 {
		s.Kind |= Number
	} else if n.kinds[isInteger] > 0 {
		s.Kind |= Integer
	}
	if n.kinds[isString] > 0 {
		s.Kind |= n.stringKind(field)
	}
	switch s.Kind {
	case 0:
		return nil
	case Integer:
		s.Description = n.unixTime(field)
		if !n.num.big && n.num.seen && (n.num.min < -1<<31 || n.num.max >= 1<<31) {
			s.Format = "int64"
		}
	case String:
		if n.files || n.str != nil && n.str.empty == 0 {
			s.Format = n.formatFor(field, sent)
		}
		if s.Format == "" && n.decimal() {
			s.Description = "a decimal number as text"
		}
	}
	return s
}

// unixTime tells integers that are times: by their range, under a name that speaks of time.
func (n *node) unixTime(field string) string {
	if n.num.big || !n.num.seen || !hinted("date-time", field) && !hinted("date", field) {
		return ""
	}
	const from, to = 500_000_000, 4_200_000_000 // 1985 to 2103
	switch {
	case n.num.min >= from && n.num.max <= to:
		return "Unix time in seconds"
	case n.num.min >= from*1000 && n.num.max <= to*1000:
		return "Unix time in milliseconds"
	}
	return ""
}

// decimal says that all strings are numbers with a fraction.
func (n *node) decimal() bool {
	s := n.str
	return s != nil && !n.typed && s.empty == 0 && s.votesFor(fmtNumber) == n.kinds[isString] && s.votesFor(fmtInteger) == 0
}

// freeText ends the names of parameters and fields that take any text: that all of it was digits is chance.
var freeText = map[string]bool{"q": true, "query": true, "search": true, "name": true, "filter": true, "title": true, "text": true,
	"description": true, "comment": true, "message": true, "keyword": true, "term": true, "body": true, "content": true, "value": true,
	"label": true, "labels": true, "tag": true, "tags": true, "code": true, "token": true, "password": true, "secret": true, "key": true,
	"phone": true, "zip": true, "postal": true, "sort": true, "ref": true, "branch": true, "sha": true, "path": true, "slug": true,
	"login": true, "username": true, "email": true, "address": true, "city": true, "line1": true, "line2": true, "cursor": true, "version": true}

// stringKind is what strings are: of values given as text, what all of them can be read as.
func (n *node) stringKind(field string) Kind {
	if !n.typed || n.str == nil {
		return String
	}
	all := n.kinds[isString] - n.str.empty
	ws := noun.Words(field)
	switch {
	case all == 0 || n.files, len(ws) > 0 && freeText[ws[len(ws)-1]]:
		return String
	case n.str.values.distinct() < 2 && !counts(field) && n.str.votesFor(fmtBoolean) != all:
		return String
	case n.str.votesFor(fmtBoolean) == all:
		return Boolean
	case n.str.votesFor(fmtInteger) == all:
		return Integer
	case n.str.votesFor(fmtNumber) == all:
		return Number
	}
	return String
}

// format is what all strings of a place but the empty ones agree on, however they are called.
func (n *node) format() string {
	if n.files {
		return "binary"
	}
	if n.str == nil {
		return ""
	}
	all := n.kinds[isString] - n.str.empty
	if all == 0 {
		return ""
	}
	for i, name := range formatNames {
		if n.str.votes[i] == all {
			return name
		}
	}
	return ""
}

// formatHints are words in the names of fields that speak for a format.
var formatHints = map[string][]string{
	"date":      {"date", "day", "on", "from", "to", "start", "end", "since", "until", "birthday", "month", "as"},
	"uuid":      {"id", "uuid", "guid", "uid", "key", "token", "ref", "reference", "identifier", "trace", "request"},
	"email":     {"email", "mail", "emails"},
	"hostname":  {"host", "hostname", "domain", "fqdn", "dns", "server", "hosts", "domains"},
	"byte":      {"base64", "b64", "bundle", "certificate", "cert", "pem", "der", "blob", "binary", "encoded", "csr", "ca", "jwks", "public", "signature", "hash", "checksum"},
	"duration":  {"duration", "period", "interval", "timeout", "ttl", "age", "window", "lifetime"},
	"uri":       {"url", "uri", "href", "link", "self", "next", "prev", "previous", "last", "first", "endpoint", "html", "avatar", "image", "icon", "logo", "callback", "webhook", "urls", "links", "context"},
	"date-time": {"at", "time", "date", "timestamp", "on", "created", "updated", "modified", "expires", "start", "end", "since", "until", "reset"},
}

// besideEmpty is how many values of a format it takes where empty strings stand for none.
const besideEmpty = 3

// longBase64 is the length from which base64 is no chance.
const longBase64 = 64

// formatFor weighs what the strings agree on against their name and their number: some formats are chance
// unless the name speaks for them, and what clients send is more often chance than what servers answer.
func (n *node) formatFor(field string, sent bool) string {
	f := n.format()
	if f == "" || f == "binary" || n.str == nil {
		return f
	}
	hint := hinted(f, field)
	distinct := int(n.str.values.distinct())
	switch f {
	case "email", "hostname", "byte", "duration":
		if !hint && !(f == "byte" && n.str.minLen >= longBase64) {
			return ""
		}
	case "date-time":
	case "uri": // people type less than a whole one into fields like homepage
		if !hint && distinct < 4 {
			return ""
		}
	case "ipv4", "ipv6":
		if sent && !hint && distinct < 3 {
			return ""
		}
	default:
		if !hint && (distinct < 2 || sent && distinct < 5) {
			return ""
		}
	}
	return f
}

func hinted(format, field string) bool {
	for _, w := range noun.Words(field) {
		for _, h := range formatHints[format] {
			if w == h {
				return true
			}
		}
	}
	return false
}

// observed are values that look like a list, too weakly to close it.
func (n *node) observed() []string {
	if n.str == nil || n.str.empty > 0 {
		return nil
	}
	texts := n.str.texts()
	if c := int(n.kinds[isString]); len(texts) < 2 || len(texts) > enumValues || c < 2*len(texts) || c < 4 {
		return nil
	}
	return texts
}

// Decide gives the schema of a parameter of this name.
func (t *textFacts) Decide(name string, p Policy) *Schema {
	if s := t.node.schema(name, true); s != nil {
		if s.Kind == String && s.Format == "" {
			s.Observed = t.node.observed()
		}
		return s
	}
	return &Schema{Kind: String}
}
