package compare

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/mcptools/view"
)

// feature is a part of a request: its value and, in a JSON body, its type.
type feature struct{ typ, value string }

// place identifies a feature.
type place struct{ where, name string }

// features returns the parts of a redacted request. Elements of a list share a place.
func features(f *flow.Flow) map[place]feature {
	out := map[place]feature{}
	add := func(where, name, typ, value string) {
		if len(out) < maxDifferences {
			out[place{where, name}] = feature{typ, value}
		}
	}
	r := &f.Request
	add("host", "", "", r.Authority)
	for i, s := range strings.Split(r.Path, "/")[1:] {
		add("path", strconv.Itoa(i+1), "", s)
	}
	for name, value := range group(pairs(r.RawQuery, '&')) {
		add("query", name, "", value)
	}
	for name, value := range group(fields(r.Header)) {
		if !IsIncidental(name) {
			add("header", name, scheme(name, value), value)
		}
	}
	text, _, _, ok := view.BodyText(r.Header, r.Body)
	switch v, err := view.ReadJSON(text); {
	case !ok || text == "":
	case decode.IsForm(r.Header.MediaType()):
		for name, value := range group(pairs(text, '&')) {
			add("body", name, "", value)
		}
	case err == nil:
		members("$", v, add, 0)
	default:
		add("body", "", "", view.Cut(text, maxValue))
	}
	return out
}

// scheme returns the type of a header: for credentials their scheme, if they have one.
func scheme(name, value string) string {
	s, _, ok := strings.Cut(value, " ")
	if !ok || name != "authorization" && name != "proxy-authorization" {
		return ""
	}
	return s
}

// members adds the values of a JSON body.
func members(path string, v any, add func(where, name, typ, value string), depth int) {
	const maxDepth = 20
	add("body", path, typeOf(v), Render(v))
	switch x := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(x)) {
			if depth < maxDepth {
				members(path+Member(key), x[key], add, depth+1)
			}
		}
	case []any:
		for _, y := range x[:min(len(x), maxElements)] {
			if depth < maxDepth {
				members(path+"[*]", y, add, depth+1)
			}
		}
	}
}

// Reason is a way in which the requests of failed flows differ from those of successful ones.
type Reason struct {
	Where     string `json:"where"`                     // host, path, query, header or body
	Name      string `json:"name,omitempty"`            // header, parameter, number of the path segment, or JSONPath
	Failed    string `json:"failed"`                    // its value in a failed request, or absent
	Succeeded string `json:"succeeded"`                 // its value in a successful request, or absent
	Earlier   uint64 `json:"earlier_flow_id,omitempty"` // a successful flow that sent the same value before: it exists already
	Flow      uint64 `json:"failed_flow_id,omitempty"`  // the failed flow that has it, if others failed for other reasons
	Strong    bool   `json:"strong,omitempty"`          // the message names it or its value, or it alone is what the status is about

	score int
}

// absent is the value of a part that a request does not have.
const absent = "absent"

// Explain returns what all requests of redacted failed flows have and none of redacted successful
// flows does, at most limit reasons, the likeliest first. message is the text of the error. The
// values of a reason are those of the first flow of each list.
func Explain(failed, succeeded []*flow.Flow, status int, message string, limit int) []Reason {
	if len(failed) == 0 || len(succeeded) == 0 {
		return nil
	}
	f, s := collect(failed), collect(succeeded)
	var out, headers []Reason
	isExplained := false
	for _, p := range places(f, s) {
		r := Reason{Where: p.where, Name: view.Cut(view.Visible(p.name), 200)}
		of, in := valuesAt(p, f), valuesAt(p, s)
		r.Failed, r.Succeeded = of[0].shown(), in[0].shown()
		if r.score = shapeScore(of, in); r.score == 0 {
			continue
		}
		isPlain := r.score < extraScore
		if n := fit(&r, status); n > 0 {
			r.score += n * fitScore
			r.Strong = !isPlain || n > 1 || r.Where != "body" && r.Where != "query"
		} else if r.Where == "header" {
			r.score -= headerScore
		}
		if isNamed(message, r.Name) || isQuoted(message, &r) {
			r.score, r.Strong = r.score+namedScore, true
		}
		if r.score > 0 {
			isExplained = isExplained || r.score >= fitScore
			out = append(out, r)
		} else if !isCredential(&r) || r.Failed == absent || r.Succeeded == absent { // tokens are renewed
			headers = append(headers, r)
		}
	}
	if len(out) == 0 { // nothing else differs
		out = headers
	}
	out = withoutParts(out)
	slices.SortStableFunc(out, func(x, y Reason) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.Where, y.Where), cmp.Compare(x.Name, y.Name))
	})
	if isExplained { // headers differ by client
		out = slices.DeleteFunc(out, func(r Reason) bool { return r.Where == "header" && r.score < fitScore })
	}
	weaken(out)
	return out[:min(len(out), limit)]
}

// weaken leaves those reasons strong that the message names, else the first one, or the first
// credentials. One of several others is the cause, and it is not known which.
func weaken(list []Reason) {
	isFirst := func(r *Reason) bool { return r.score/fitScore == list[0].score/fitScore }
	firsts := 0
	for i := range list {
		if list[i].Strong && isFirst(&list[i]) {
			firsts++
		}
	}
	for i := range list {
		r := &list[i]
		isSure := r.score >= namedScore || firsts == 1 || r.score >= 2*fitScore
		r.Strong = r.Strong && isSure && (r.score >= namedScore || isFirst(r))
	}
}

// Repeated returns the values that redacted failed requests and earlier successful ones both sent:
// reasons why something exists already, at most limit. A value whose member the message names wins,
// and then the value that the fewest requests sent, since a name identifies better than a type.
// Only the winners are returned.
func Repeated(failed, succeeded []*flow.Flow, message string, limit int) []Reason {
	fewest := len(succeeded) + 1
	var out []Reason
	f, s := collect(failed), collect(succeeded)
	for _, p := range places(f, nil) {
		r := Reason{Where: p.where, Name: view.Cut(view.Visible(p.name), 200)}
		if p.where != "body" || p.name == "" || isCredential(&r) {
			continue
		}
		count := 0 // successes with the value of the first failed request
		for i, x := range f {
			n := 0
			for j, y := range s {
				if v, ok := x[p]; ok && v.isName() && v == y[p] && succeeded[j].Seq < failed[i].Seq {
					if n++; i == 0 {
						r.Earlier = uint64(succeeded[j].Seq)
					}
				}
			}
			if count = max(count, n); n == 0 {
				count = 0
				break
			}
		}
		if count == 0 {
			continue
		}
		r.Failed, r.Succeeded = f[0][p].shown(), f[0][p].shown()
		if r.score = -count; isNamed(message, r.Name) {
			r.score += len(succeeded) + 1
		}
		fewest = min(fewest, -r.score)
		out = append(out, r)
	}
	out = slices.DeleteFunc(out, func(r Reason) bool { return -r.score > fewest })
	if len(out) == 1 {
		out[0].Strong = true
	}
	return out[:min(len(out), limit)]
}

// isName reports whether a value may identify something: a text or a number.
func (x feature) isName() bool { return x.typ == "string" || x.typ == "number" || x.typ == "" }

// collect returns the features of each flow by place.
func collect(flows []*flow.Flow) (out []map[place]feature) {
	for _, f := range flows {
		out = append(out, features(f))
	}
	return out
}

// places returns where flows of two lists have features, in order.
func places(f, s []map[place]feature) []place {
	all := map[place]bool{}
	for _, flows := range [][]map[place]feature{f, s} {
		for _, x := range flows {
			for p := range x {
				all[p] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(x, y place) int {
		return cmp.Or(cmp.Compare(x.where, y.where), cmp.Compare(x.name, y.name))
	})
}

// valuesAt returns the features of flows at a place, in the order of the flows.
func valuesAt(p place, flows []map[place]feature) []feature {
	out := make([]feature, len(flows))
	for i, f := range flows {
		x, ok := f[p]
		if out[i] = x; !ok {
			out[i] = feature{typ: absent}
		}
	}
	return out
}

// Scores of reasons. A part that the message names comes first, then one that the status is about.
const (
	namedScore  = 100
	fitScore    = 10 // for each rank
	absentScore = 6  // a part that all successes have
	typeScore   = 6  // another type
	extraScore  = 4  // a part that no success has
	valueScore  = 2  // a value that no success has, in several failures
	otherScore  = 1  // a value that no success has
	headerScore = 2  // the less for a header
)

// shapeScore rates the difference between the features of failed and of successful requests at one
// place: 0 if any two are the same.
func shapeScore(f, s []feature) int {
	isAbsent := func(x feature) bool { return x.typ == absent }
	lacks, lack := slices.ContainsFunc(f, isAbsent), slices.ContainsFunc(s, isAbsent)
	switch {
	case !disjoint(f, s, func(x feature) feature { return x }):
		return 0
	case same(f) && lacks && !lack:
		return absentScore
	case same(s) && lack && !lacks:
		return extraScore
	case !lacks && !lack && disjoint(f, s, func(x feature) string { return x.typ }):
		return typeScore
	case f[0].typ == "object" || s[0].typ == "object": // its members say more
		return 0
	case len(f) > 1 && same(f):
		return valueScore
	}
	return otherScore
}

// shown returns a feature as it is shown.
func (x feature) shown() string {
	if x.typ == absent {
		return absent
	}
	return view.Cut(view.Visible(x.value), maxValue)
}

// disjoint reports whether no failed request has the property of a successful one.
func disjoint[P comparable](f, s []feature, property func(feature) P) bool {
	seen := map[P]bool{}
	for _, x := range s {
		seen[property(x)] = true
	}
	return !slices.ContainsFunc(f, func(x feature) bool { return seen[property(x)] })
}

func same(list []feature) bool {
	return !slices.ContainsFunc(list, func(x feature) bool { return x != list[0] })
}

// fit ranks how well a part of a request explains a status, 0 for not at all.
func fit(r *Reason, status int) int {
	rank := func(is bool) int {
		if is {
			return 1
		}
		return 0
	}
	switch status {
	case 401, 403:
		switch {
		case isCredential(r) && r.Where != "body":
			return 3
		case isCredential(r) && r.Failed != absent: // of a sign-in
			return 2
		}
		return rank(r.Where == "path") // of what others may see
	case 404, 410:
		return rank(r.Where == "path")
	case 406:
		return rank(r.Name == "accept")
	case 415:
		return rank(r.Name == "content-type")
	case 412, 428:
		return rank(strings.HasPrefix(r.Name, "if-"))
	case 409, 423, 429: // the reason is in what the server has
		return 0
	}
	return rank(r.Where == "body" || r.Where == "query")
}

// isCredential reports whether a part may authenticate a request, by its name.
func isCredential(r *Reason) bool {
	if r.Where == "header" {
		return r.Name != "idempotency-key" && (strings.Contains(r.Name, "auth") || strings.HasPrefix(r.Name, "cookie ") ||
			strings.Contains(r.Name, "key") || strings.Contains(r.Name, "token") || strings.Contains(r.Name, "signature"))
	}
	return (r.Where == "query" || r.Where == "body") && rules.ClassOf(lastWord(r.Name)) == rules.Secret
}

// lastWord returns the last step of the name of a part: the name of a member, parameter or header.
func lastWord(name string) string {
	name = strings.TrimPrefix(name, "cookie ")
	return strings.TrimRight(name[strings.LastIndexAny(name, ".$")+1:], "[*]\"")
}

// isNamed reports whether a message has the last step of the name of a part, as words of its own:
// access_token and accessToken are also "access token".
func isNamed(message, name string) bool {
	name = lastWord(name)
	spaced := strings.ToLower(wordEnd.ReplaceAllString(name, "$1 $2"))
	spaced = strings.Join(strings.FieldsFunc(spaced, func(r rune) bool { return strings.ContainsRune("_- ", r) }), " ")
	message = strings.ToLower(message)
	return hasWords(message, strings.ToLower(name)) || hasWords(message, spaced)
}

// isQuoted reports whether a message has a word of the value that failed, which is not in the value
// that succeeded: "no property nope" for nope eq 1.
func isQuoted(message string, r *Reason) bool {
	if r.Failed == absent {
		return false
	}
	const shortest = 4 // bytes
	isOther := func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }
	message = strings.ToLower(message)
	for word := range strings.FieldsFuncSeq(strings.ToLower(r.Failed), isOther) {
		if len(word) >= shortest && hasWords(message, word) && !hasWords(strings.ToLower(r.Succeeded), word) {
			return true
		}
	}
	return false
}

// wordEnd matches the end of a word in camel case.
var wordEnd = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// hasWords reports whether a message in lower case has a text that is not part of longer words.
func hasWords(message, text string) bool {
	if len(text) < 2 || text[0] >= '0' && text[0] <= '9' {
		return false
	}
	isWord := func(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
	for from := 0; ; {
		i := strings.Index(message[from:], text)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(text)
		if (i == 0 || !isWord(message[i-1])) && (end == len(message) || !isWord(message[end])) {
			return true
		}
		from = end
	}
}

// withoutParts leaves out members of an object that is a reason itself.
func withoutParts(list []Reason) []Reason {
	return slices.DeleteFunc(slices.Clone(list), func(r Reason) bool {
		return r.Where == "body" && slices.ContainsFunc(list, func(o Reason) bool {
			return o.Where == "body" && o.Name != r.Name && o.Failed != "" && (o.Failed == absent || o.Succeeded == absent) &&
				(strings.HasPrefix(r.Name, o.Name+".") || strings.HasPrefix(r.Name, o.Name+"["))
		})
	})
}
