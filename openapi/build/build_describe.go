package build

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// maxListed bounds the operations, schemas and statuses that one sentence names.
const maxListed = 4

// describe returns two sentences on what traffic showed of an operation: what it returns and where
// the parameters of its path come from; then whether requests had credentials, and which errors
// occurred. It has no counts, so more traffic of the same kind does not change it. Of a document to
// merge it says nothing, since the names are those of another document there.
func (b *builder) describe(op infer.Operation) string {
	if b.absences {
		return ""
	}
	var returned, failed []string
	for _, r := range op.Responses {
		status := strconv.Itoa(r.Status)
		switch {
		case r.Status >= 400:
			failed = append(failed, strings.TrimSpace(status+" "+cause(op, r.Status)))
		case r.Status >= 300:
			returned = append(returned, "a redirect ("+status+")")
		default:
			returned = append(returned, content(r))
		}
	}
	returns := "No success was seen"
	if slices.Sort(returned); len(returned) > 0 {
		returns = "Returns " + list(slices.Compact(returned), "or")
	}
	if p := op.Paging; p != nil && p.Param != "" && b.isName(p.Param) {
		returns += ", in pages by " + p.Param
	}
	for _, p := range op.Params {
		var from []string
		for _, source := range p.Sources {
			if id := b.ids[source]; id != "" {
				from = append(from, id)
			}
		}
		if len(from) > 0 {
			returns += "; " + p.Name + " comes from " + list(from, "or")
		}
	}
	var seen []string
	if accepted := credentials(op); accepted != "" && len(returned) > 0 {
		seen = append(seen, accepted)
	}
	if len(failed) > 0 {
		seen = append(seen, "failed with "+list(failed, "and"))
	}
	out := openapi.CleanLine(returns + ".")
	if text := strings.Join(seen, "; "); text != "" {
		out += " " + openapi.CleanLine(strings.ToUpper(text[:1])+text[1:]+".")
	}
	return out
}

// credentials says which requests were accepted, "" if that is unknown.
func credentials(op infer.Operation) string {
	isNone := func(names []string) bool { return len(names) == 0 }
	switch anonymous := slices.ContainsFunc(op.Security, isNone); {
	case len(op.Security) == 0:
		return ""
	case !anonymous:
		return "accepted with credentials only"
	case len(op.Security) == 1:
		return "accepted without credentials"
	}
	return "accepted with and without credentials"
}

// cause says which requests had an error, "" if that is unknown.
func cause(op infer.Operation, status int) string {
	names := router.TemplateNames(op.Path)
	switch {
	case status == http.StatusNotFound && len(names) > 0:
		return "for some " + names[len(names)-1]
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return op.Denied
	}
	return ""
}

// content says what a response holds.
func content(r infer.Response) string {
	if len(r.Content) == 0 {
		return "no body"
	}
	switch m := r.Content[0]; {
	case m.Schema == nil, m.Schema.Ref == "" && m.Schema.Kind == schema.String:
		return m.Type
	case m.Schema.Ref == "" && m.Schema.Kind&(schema.Object|schema.Array) != 0:
		return "an " + schema.Describe(m.Schema)
	default:
		return schema.Describe(m.Schema)
	}
}

// list joins words with commas, and the last with a conjunction.
func list(words []string, last string) string {
	if len(words) > maxListed {
		words = append(slices.Clone(words[:maxListed]), "others")
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
	return strings.Join(words, "")
}
