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
// are marked in the form of placeholders, and then found like secrets.

// idKind is the kind of these placeholders, which no secret has, and idPrefix their beginning.
const idKind, idPrefix = "value", placeholder.Prefix + "value:"

var (
	isName   = regexp.MustCompile(`^[\w-]+$`)
	isNumber = regexp.MustCompile(`^(?:0|[1-9]\d{0,8})$`)
	isID     = regexp.MustCompile(`^[\w.-]*\d[\w.-]*$`)
	markedID = regexp.MustCompile(regexp.QuoteMeta(idPrefix) + `([\w.-]+)\]`)
	// idField finds the value of a field whose name ends in the word id, in a query, form or JSON.
	idField = regexp.MustCompile(`((?:^|[&"'\s,{])(?:(?:[\w.]*[_.-])?(?:id|ID|uuid|UUID)|\w*[a-z](?:Id|ID|Uuid|UUID))["']?\s*[=:]\s*"?)([\w-]*\d[\w-]*)(["&\s,}]|$)`)
)

// markIDs marks the ids in the request of a redacted flow: parameters of the path, and fields.
func markIDs(m *apidoc.Matcher, f flow.Flow) flow.Flow {
	const mark = "${1}" + idPrefix + "${2}]${3}"
	r := &f.Request
	if o := m.Find(r.Method, r.Authority, r.Path); o != nil {
		template, _, _ := strings.Cut(o.Template, "#")
		names, path := strings.Split(template, "/"), strings.Split(r.Path, "/")
		for i := 1; i <= min(len(names), len(path)); i++ {
			value := &path[len(path)-i]
			if name := names[len(names)-i]; strings.HasPrefix(name, "{") && strings.HasSuffix(name, "}") && isID.MatchString(*value) {
				*value = idPrefix + *value + "]"
			}
		}
		r.Path = strings.Join(path, "/")
	}
	r.RawQuery = idField.ReplaceAllString(r.RawQuery, mark)
	r.Body.Data = idField.ReplaceAll(r.Body.Data, []byte(mark))
	return f
}

// idsOf returns the ids in a request that earlier answers may give: those of a read.
func idsOf(f *flow.Flow) (out []string) {
	if f.Request.Method != http.MethodGet {
		return nil
	}
	for _, m := range markedID.FindAllStringSubmatch(f.Request.Path+"?"+f.Request.RawQuery+string(f.Request.Body.Data), -1) {
		out = append(out, m[1])
	}
	return out
}

// hasOne reports whether an answer has one of the ids.
func hasOne(f *flow.Flow, ids []string) bool {
	text, _, _, _ := view.BodyText(f.Response.Header, f.Response.Body)
	return slices.ContainsFunc(ids, func(id string) bool {
		return len(id) >= minID && strings.Contains(text, id) || strings.HasSuffix(f.Response.Header.Get("Location"), "/"+id)
	})
}

// minID is how long an id is that no other member has by chance, in bytes.
const minID = 4

// placeOfID returns the place of an id in an answer: a member, or the end of a link.
func placeOfID(id string, f *flow.Flow) take {
	t := placeOf(id, f)
	isNamed := len(id) >= minID || idField.MatchString(t.before+"0")
	if t.kind == inLocation || t.kind == inMember && isNamed || t.kind == inText && strings.HasSuffix(t.before, "/") {
		return t
	}
	return take{}
}
