package compare

import (
	"cmp"
	"fmt"
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

// scheme returns the type of a header: for credentials their scheme.
func scheme(name, value string) string {
	if name != "authorization" && name != "proxy-authorization" {
		return ""
	}
	s, _, _ := strings.Cut(value, " ")
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
	Where     string `json:"where" jsonschema_description:"host, path, query, header or body"`
	Name      string `json:"name,omitempty" jsonschema_description:"header, parameter, number of the path segment, or JSONPath"`
	Failed    string `json:"failed" jsonschema_description:"its value in a failed request, or absent"`
	Succeeded string `json:"succeeded" jsonschema_description:"its value in a successful request, or absent"`
	Strong    bool   `json:"strong,omitempty" jsonschema_description:"all failures that were compared have it and no success, or the message names it or its value"`

	score int
}

// absent stands for the value of a part that a request does not have.
const absent = "absent"

// Explain returns what the requests of redacted failed flows have and those of redacted successful
// flows do not, at most limit reasons, the likeliest first. message is the text of the error. The
// values of a reason are those of the first flow of each list.
func Explain(failed, succeeded []*flow.Flow, status int, message string, limit int) []Reason {
	if len(failed) == 0 || len(succeeded) == 0 {
		return nil
	}
	f, s := collect(failed), collect(succeeded)
	failure, success := features(failed[0]), features(succeeded[0])
	var out []Reason
	for _, p := range places(f, s) {
		r, ok := explain(p, f[p], s[p], len(failed), len(succeeded))
		r.Failed, r.Succeeded = shownValue(failure, p), shownValue(success, p)
		if r.score += fit(&r, status, message); ok && r.score > 0 {
			r.Strong = r.score >= strongScore
			out = append(out, r)
		}
	}
	out = withoutParts(out)
	slices.SortStableFunc(out, func(x, y Reason) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.Where, y.Where), cmp.Compare(x.Name, y.Name))
	})
	return out[:min(len(out), limit)]
}

// collect returns the features of flows by place.
func collect(flows []*flow.Flow) map[place][]feature {
	out := map[place][]feature{}
	for _, f := range flows {
		for p, x := range features(f) {
			out[p] = append(out[p], x)
		}
	}
	return out
}

func places(f, s map[place][]feature) []place {
	all := slices.Collect(maps.Keys(f))
	for p := range s {
		if _, ok := f[p]; !ok {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y place) int { return cmp.Or(cmp.Compare(x.where, y.where), cmp.Compare(x.name, y.name)) })
	return all
}

// Scores of reasons.
const (
	absentScore = 6 // a part that all successes have
	typeScore   = 6 // another type
	extraScore  = 4 // a part that no success has
	valueScore  = 2 // a value that no success has, in several failures
	otherScore  = 1 // a value that no success has, in the only failure
	namedScore  = 5 // the message names the part, or its value
	kindScore   = 3 // the status is about such parts
	strongScore = 6
)

// explain returns the difference at one place.
func explain(p place, f, s []feature, failed, succeeded int) (Reason, bool) {
	r := Reason{Where: p.where, Name: view.Cut(view.Visible(p.name), 200)}
	switch {
	case len(f) == 0 && len(s) == succeeded:
		r.score = absentScore
	case len(f) == failed && len(s) == 0:
		r.score = extraScore
	case len(f) < failed || len(s) == 0:
		return r, false
	case disjoint(f, s, func(x feature) string { return x.typ }):
		r.score = typeScore
	case p.where == "body" && (f[0].typ == "object"): // its members say more
		return r, false
	case disjoint(f, s, func(x feature) string { return x.value }):
		if r.score = otherScore; failed > 1 && same(f) {
			r.score = valueScore
		}
	default:
		return r, false
	}
	return r, true
}

// shownValue returns the value at a place as it is shown.
func shownValue(of map[place]feature, p place) string {
	x, ok := of[p]
	if !ok {
		return absent
	}
	return view.Cut(view.Visible(x.value), maxValue)
}

// disjoint reports whether no failed request has the property of a successful one.
func disjoint(f, s []feature, property func(feature) string) bool {
	seen := map[string]bool{}
	for _, x := range s {
		seen[property(x)] = true
	}
	return !slices.ContainsFunc(f, func(x feature) bool { return seen[property(x)] })
}

func same(list []feature) bool {
	return !slices.ContainsFunc(list, func(x feature) bool { return x != list[0] })
}

// fit returns how well a reason fits the status and the message.
func fit(r *Reason, status int, message string) (score int) {
	if isNamed(message, r.Name) || isQuoted(message, r) {
		score += namedScore
	}
	isKey := isCredential(r)
	switch {
	case (status == 401 || status == 403) && isKey,
		status == 404 && r.Where == "path",
		(status == 400 || status == 422) && (r.Where == "body" || r.Where == "query"),
		(status == 412 || status == 428) && strings.HasPrefix(r.Name, "if-"),
		(status == 406 && r.Name == "accept") || (status == 415 && r.Name == "content-type"):
		score += kindScore
	case r.Where == "header" && !isKey:
		score -= 2
	}
	if status == 401 && !isKey && score <= 0 { // the reason is in the credentials, almost always
		score = min(score, kindScore-r.score)
	}
	return score
}

// isCredential reports whether a part may authenticate a request, by its name.
func isCredential(r *Reason) bool {
	if r.Where == "header" {
		return strings.Contains(r.Name, "auth") || strings.HasPrefix(r.Name, "cookie ") ||
			strings.Contains(r.Name, "key") || strings.Contains(r.Name, "token") || strings.Contains(r.Name, "signature")
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

// String writes a reason as a line.
func (r *Reason) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s: %s; in successes: %s", r.Where, r.Name, r.Failed, r.Succeeded))
}
