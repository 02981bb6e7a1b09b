package codegen

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// A program takes the ids in its requests from answers, where those of the capture had them. They
// are marked in the form of placeholders, and found like secrets.

// idPrefix begins the mark of an id. No placeholder of a secret has this kind.
const idPrefix = placeholder.Prefix + "value:"

// idField finds the value of a field whose name ends in the word id, in a query, form or JSON.
var idField = regexp.MustCompile(`((?:^|[&"'\s,{])(?:(?:[\w.]*[_.-])?(?:id|ID|uuid|UUID)|\w*[a-z](?:Id|ID|Uuid|UUID))["']?\s*[=:]\s*"?)([\w~-]*\d[\w~-]*)(["&\s,}]|$)`)

var isID, markedID = regexp.MustCompile(`^[\w.~-]+$`), regexp.MustCompile(regexp.QuoteMeta(idPrefix) + `([\w.~-]+)\]`)

// markIDs marks the ids in the request of a redacted flow: parameters of the path, and fields.
func markIDs(m *apidoc.Matcher, f flow.Flow) flow.Flow {
	r := &f.Request
	if o := m.Find(r.Method, r.Authority, r.Path); o != nil {
		template, _, _ := strings.Cut(o.Template, "#")
		names, path := strings.Split(template, "/"), strings.Split(r.Path, "/")
		for i := 1; i <= min(len(names), len(path)); i++ {
			name, value := names[len(names)-i], &path[len(path)-i]
			if strings.HasPrefix(name, "{") && strings.HasSuffix(name, "}") && isID.MatchString(*value) {
				*value = idPrefix + *value + "]"
			}
		}
		r.Path = strings.Join(path, "/")
	}
	const marked = "${1}" + idPrefix + "${2}]${3}"
	r.RawQuery = idField.ReplaceAllString(r.RawQuery, marked)
	if text, partly, _, isText := view.BodyText(r.Header, r.Body); isText && !partly && idField.MatchString(text) {
		r.Body.Data = []byte(idField.ReplaceAllString(text, marked))
	}
	return f
}

// idsOf returns the ids that are marked in a request.
func idsOf(f *flow.Flow) (out []string) {
	for _, m := range markedID.FindAllStringSubmatch(f.Request.Path+"?"+f.Request.RawQuery+string(f.Request.Body.Data), -1) {
		out = append(out, m[1])
	}
	return out
}

// minID is how long an id is that no other member has by chance, in bytes.
const minID = 4

// placeOfID returns the place of an id in an answer: a member, or the end of a link.
func placeOfID(id string, f *flow.Flow) take {
	t := placeOf(id, f)
	isNamed := idField.MatchString(t.before + "0")
	if t.kind == inLocation || t.kind == inMember && (isNamed || len(id) >= minID) || t.kind == inText && strings.HasSuffix(t.before, "/") {
		return t
	}
	return take{}
}

// rankID returns how an answer gives an id that a request needs. Only a write adds a write, such as
// that which makes the thing. One that changes or deletes a thing takes no other from a list.
func rankID(use, giver *flow.Flow, id string) int {
	from, to := giver.Request.Method, use.Request.Method
	isRead, reads := from == http.MethodGet, to == http.MethodGet
	switch {
	case placeOfID(id, giver).kind == "", reads && !isRead, !reads && isRead && to != http.MethodPost:
		return notGiven
	case isRead == reads:
		return byRead
	}
	return byPlace
}

// hasOne reports whether an answer has one of the ids.
func hasOne(f *flow.Flow, ids []string) bool {
	text, _, _, _ := view.BodyText(f.Response.Header, f.Response.Body)
	text += f.Response.Header.Get("Location")
	return slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(text, id) })
}

// mayGiveID reports whether an answer, which may lack its body, may have an id.
func mayGiveID(f *flow.Flow) bool {
	h := f.Response.Header
	return f.Response.Status < http.StatusBadRequest && (h.Has("Location") || strings.Contains(h.MediaType(), "json"))
}

// note says in a comment what a variable holds.
func (v *Variable) note() string {
	if v.Default != "" {
		return comment("in the " + v.FirstUseIn + ": no captured answer gives it")
	}
	return comment(v.StandsFor)
}
