package naming

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/verb"
)

var versionRE = regexp.MustCompile(`^(?i)v?\d+([._]\d+)*((alpha|beta|rc|preview)\d*)?$|^\d{4}-\d{2}(-\d{2})?$`)

// IsVersion reports whether a segment is an API version: "v1", "v2beta1", "2.0", "2024-01".
func IsVersion(segment string) bool { return versionRE.MatchString(segment) }

// IsCurrent reports whether a segment means the caller, or the current one of its kind.
func IsCurrent(segment string) bool {
	switch strings.TrimPrefix(strings.ToLower(segment), "@") {
	case "me", "self", "myself", "current":
		return true
	}
	return false
}

// isParticiple reports whether a segment selects some of the things before it: featured, archived.
func isParticiple(segment string) bool {
	lower := strings.ToLower(segment)
	return len(segment) > 5 && strings.HasSuffix(lower, "ed") && !strings.HasSuffix(lower, "eed") && len(noun.Words(segment)) == 1
}

// isAdjective reports whether a segment after others selects some of them: /dashboards/public.
func isAdjective(segment string) bool {
	switch segment {
	case "public", "private", "active", "inactive", "recent", "popular", "custom", "global", "internal", "external",
		"manual", "raw", "pending", "upcoming", "trending", "recommended", "owned", "anonymous", "online", "offline",
		"direct", "unread", "overdue", "nearby", "nearest", "available", "unavailable", "visible", "hidden", "healthy", "unhealthy",
		"stale", "advanced", "extended", "detailed", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly",
		"remaining", "incoming", "outgoing", "missing":
		return true
	}
	return isSuperlative(segment)
}

// isSuperlative reports whether a segment selects one of the things before it: /releases/latest.
var isSuperlative = oneOf(`latest newest oldest default primary random next last first`)

// joined returns the segments that a sentence is made of.
func (o Operation) joined() []Segment {
	n := len(o.Segments)
	if o.Method != "POST" || n < 3 || !o.isParamAt(n-3) || o.isParamAt(n-1) || !o.IsAlone && !isOnlyVerb(o.Segments[n-1].Literal) {
		return joinQualifiers(o.Segments)
	}
	switch o.Segments[n-2].Literal {
	case "actions", "commands", "operations": // /vehicles/{id}/commands/lock
		return append(joinQualifiers(o.Segments[:n-2:n-2]), Segment{Literal: o.Segments[n-1].Literal, IsCommand: true})
	}
	return joinQualifiers(o.Segments)
}

// joinQualifiers joins segments that qualify the one before them. "me" is the current one of what
// precedes it, or the current user. "featured" after "products" means the featured products,
// and "related" after one of them the related products.
func joinQualifiers(segments []Segment) []Segment {
	changes := func(s Segment) bool {
		return IsCurrent(s.Literal) || isParticiple(s.Literal) || isAdjective(unmarked(s.Literal)) || isRelation(s.Literal)
	}
	if !slices.ContainsFunc(segments, changes) {
		return segments
	}
	out := make([]Segment, 0, len(segments))
	for i, s := range segments {
		endsName := i+1 == len(segments) || segments[i+1].Literal == ""
		above := ""
		if n := len(out); n > 0 && !out[n-1].isCurrent && !IsVersion(out[n-1].Literal) {
			above = out[n-1].Literal
		}
		marked := s.Literal
		s.Literal = unmarked(s.Literal)
		item := len(out) - 2 // the collection whose item the last parameter selects
		switch {
		case isRelation(s.Literal) && i+1 == len(segments) && item >= 0 && segments[i-1].Literal == "" && noun.IsPlural(out[item].Literal):
			out = append(out, Segment{Literal: s.Literal + "-" + strings.Join(noun.Words(out[item].Literal), "-")})
		case IsCurrent(s.Literal) && above != "":
			literal := "current-" + strings.Join(literalWords(above, true), "-")
			out[len(out)-1] = Segment{Literal: literal, isCurrent: true}
		case IsCurrent(s.Literal):
			out = append(out, Segment{Literal: "current-user", isCurrent: true})
		case isParticiple(s.Literal) && noun.IsPlural(above):
			out[len(out)-1] = Segment{Literal: strings.ToLower(s.Literal) + "-" + strings.Join(noun.Words(above), "-")}
		case above == "" || !endsName:
			s.Literal = marked
			out = append(out, s)
		case isSuperlative(s.Literal) && (noun.IsPlural(above) || s.Literal == "latest"): // releases, telemetry
			one := strings.Join(literalWords(above, true), "-")
			out[len(out)-1] = Segment{Literal: s.Literal + "-" + one, isCurrent: i+1 == len(segments)}
		case isAdjective(s.Literal) && !isSuperlative(s.Literal):
			out[len(out)-1] = Segment{Literal: s.Literal + "-" + strings.Join(noun.Words(above), "-")}
		default:
			s.Literal = marked
			out = append(out, s)
		}
	}
	return out
}

// unmarked returns an adjective without the underscore that marks it as a word of the API, as in
// _default.
func unmarked(literal string) string {
	if word := strings.TrimPrefix(literal, "_"); isAdjective(word) {
		return word
	}
	return literal
}

// isRelation reports whether a segment behind an item means others of its kind:
// /products/{id}/related.
var isRelation = oneOf(`related similar recommended suggested adjacent`)

// withoutMarks drops the literals that are not words, such as the dash of /-/search, which some
// servers put before pages of their own.
func withoutMarks(paths [][]Segment) [][]Segment {
	isMark := func(s Segment) bool { return s.Literal != "" && len(noun.Words(s.Literal)) == 0 }
	out := make([][]Segment, len(paths))
	for i, path := range paths {
		out[i] = slices.DeleteFunc(slices.Clone(path), isMark)
	}
	return out
}

// minShared is the number of operations from which a literal before all paths names the API and no
// operation.
const minShared = 10

// Reduce returns, for each path of an API, the segments that names are made of. It drops the
// literals before all paths, the sections that nearly all are in, the segments that lead to an API,
// the domains of resource groups, and literals that the next one repeats (build in build/builds).
// It divides the names of procedures (users.list). It joins attributes with the collection that is
// looked up by them (users/email), and kinds with their collection (tests/api). Letters before
// parameters (t/{topic_id}) and parameters without a collection are named after the parameters.
func Reduce(paths [][]Segment) [][]Segment {
	paths = withoutMarks(paths)
	nameLetters(paths)
	paths = withoutSections(splitProcedures(paths))
	shared := countShared(paths)
	out := make([][]Segment, len(paths))
	for i, p := range paths {
		out[i] = reduce(p, shared)
	}
	joinKinds(out)
	return out
}

// nameLetters replaces the letters that name collections (/t/{topic_id}) by the nouns of the
// parameters behind them.
func nameLetters(paths [][]Segment) {
	nouns := map[string]string{} // by letter
	for _, p := range paths {
		for i := 1; i < len(p); i++ {
			letter, one := p[i-1].Literal, p[i].ownNoun()
			if len(letter) == 1 && one != "" && (nouns[letter] == "" || one < nouns[letter]) {
				nouns[letter] = one
			}
		}
	}
	for _, p := range paths {
		for i, s := range p {
			if one := nouns[s.Literal]; one != "" {
				p[i].Literal = noun.Plural(one)
			}
		}
	}
}

// reduce drops the first shared segments of a path and all others that say nothing. A parameter
// that no literal names, or only a version, is given a collection of its own name.
func reduce(segments []Segment, shared int) []Segment {
	var out []Segment
	isNamed := false // by a literal before it
	for i, s := range segments {
		if i < shared || isAPI(segments, i) && hasName(segments[i+1:]) {
			continue
		}
		s.Literal = unqualified(withoutDomain(s.Literal))
		n := len(out)
		if n > 0 && s.Literal != "" && strings.EqualFold(noun.Singular(out[n-1].Literal), noun.Singular(s.Literal)) {
			out[n-1] = s
			continue
		}
		if one := s.ownNoun(); one != "" && (!isNamed || n > 0 && IsVersion(out[n-1].Literal)) {
			out = append(out, Segment{Literal: noun.Plural(one), isOwn: true})
		}
		isNamed = isNamed || s.Literal != "" && !IsVersion(s.Literal)
		out = append(out, s)
	}
	return joinLookups(out)
}

// ownNoun returns the noun that the name of a parameter consists of: "topic" for topic_id, "user"
// for username. It returns "" for literals, and for names that do not say what the parameter
// selects.
func (s Segment) ownNoun() string {
	if len(s.Params) != 1 || hasDigit(s.Params[0]) {
		return ""
	}
	words := noun.Words(strings.TrimSuffix(s.Params[0], "name"))
	if n := len(words); n > 0 && isAttribute(words[n-1]) {
		words = words[:n-1]
	}
	one := strings.Join(words, "-")
	if one == "" || words[len(words)-1] == "version" || len(words[0]) == 1 || isAttribute(one) {
		return ""
	}
	return one
}

// countShared counts the leading literals that all paths of an API have, if it has enough paths. A
// literal before a parameter counts only if it has a digit, since it could name the things that the
// parameter selects.
func countShared(paths [][]Segment) int {
	if len(paths) < minShared {
		return 0
	}
	first := paths[0]
	for n := 0; ; n++ {
		for _, p := range paths {
			switch {
			case n >= len(first) || n+1 >= len(p), first[n].Literal == "", p[n].Literal != first[n].Literal:
				return n
			case p[n+1].Literal == "" && !strings.ContainsAny(first[n].Literal, "0123456789"), !hasName(p[n+1:]):
				return n
			}
		}
	}
}

// hasName reports whether some segment is a literal and no version.
func hasName(segments []Segment) bool {
	return slices.ContainsFunc(segments, func(s Segment) bool { return s.Literal != "" && !IsVersion(s.Literal) })
}

// isAPI reports whether segment i only leads to an API, such as "api" in /api/users.
func isAPI(segments []Segment, i int) bool {
	switch strings.ToLower(strings.TrimLeft(segments[i].Literal, "_")) {
	case "api":
		return true
	case "rpc": // before the name of a procedure
		return segments[len(segments)-1].isProcedure
	case "apis": // before a parameter it is a list of them
		return i+1 < len(segments) && segments[i+1].Literal != ""
	case "providers": // before the namespace of a vendor
		return i+2 < len(segments) && namespaceWords(segments[i+1].Literal) != nil && !verb.Is(segments[i+2].Literal)
	}
	return false
}

// withoutDomain returns the name of a resource group without the domain of its owner: "billing" for
// "billing.example.org".
func withoutDomain(literal string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(literal))
	if err != nil || len(domain) == len(literal) {
		return literal
	}
	if suffix, icann := publicsuffix.PublicSuffix(domain); !icann && !strings.Contains(suffix, ".") {
		return literal // no registered domain: the name of a file
	}
	return literal[:len(literal)-len(domain)-1]
}

// unqualified returns the name of a function of OData without its namespace: "ShareTrip" for
// "Example.Trips.Models.ShareTrip", "delta" for "microsoft.graph.delta()".
func unqualified(literal string) string {
	name, isCall := strings.CutSuffix(literal, "()")
	last := name[strings.LastIndexByte(name, '.')+1:]
	if isCall || strings.Count(name, ".") > 1 && strings.ToLower(last) != last {
		return last
	}
	return literal
}

// cutFormat splits the name of a file from its extension, "" if that is no format of data.
func cutFormat(literal string) (name, format string) {
	i := strings.LastIndexByte(literal, '.')
	if i <= 0 {
		return literal, ""
	}
	switch format = strings.ToLower(literal[i+1:]); format {
	case "json", "ndjson", "jsonl", "xml", "csv", "tsv", "yaml", "yml", "txt", "html", "pdf", "xls", "xlsx", "zip", "ics":
		return literal[:i], format
	}
	return literal, ""
}
