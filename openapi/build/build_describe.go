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
			failed = append(failed, strings.TrimSpace(status+" "+b.cause(op, r, len(returned) > 0)))
		case r.Status >= 300:
			returned = append(returned, "a redirect ("+status+")")
		default:
			returned = append(returned, b.body(r))
		}
	}
	returns := "No success was seen"
	if slices.Sort(returned); len(returned) > 0 {
		returns = list("Returns ", slices.Compact(returned), "or", "")
	}
	if p := op.Paging; p != nil && p.Param != "" && b.isName(p.Param) {
		returns += ", in pages by " + p.Param
	}
	for _, p := range op.Params {
		returns += b.origin(p, "; "+p.Name+" comes from ", "")
	}
	var seen []string
	if accepted := credentials(op); accepted != "" && len(returned) > 0 {
		seen = append(seen, accepted)
	}
	if n := len(failed); n > 0 {
		if n > 1 && strings.Contains(failed[n-2], " ") {
			failed[n-2] += ","
		}
		seen = append(seen, list("failed with ", failed, "and", ""))
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

// origin says between two texts which operations return values of a path parameter, "" if none is
// known.
func (b *builder) origin(p infer.Param, before, after string) string {
	var from []string
	for _, source := range p.Sources {
		if id := b.ids[source]; id != "" && !b.absences {
			from = append(from, id)
		}
	}
	return openapi.CleanLine(list(before, from, "or", after))
}

// cause says which requests had an error, "" if that is unknown.
func (b *builder) cause(op infer.Operation, r infer.Response, succeeded bool) string {
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		return op.Denied
	case r.Status == http.StatusNotFound && succeeded:
		return list("for some ", router.TemplateNames(op.Path), "or", "")
	}
	return list("about ", b.blamed(op, r), "or", "")
}

// blamed returns the parameters and the properties of the request that errors name.
func (b *builder) blamed(op infer.Operation, r infer.Response) (names []string) {
	for _, p := range op.Params {
		names = append(names, p.Name)
	}
	var pending []*schema.Schema
	if op.Request != nil {
		for _, m := range op.Request.Content {
			pending = append(pending, m.Schema)
		}
	}
	for seen := map[*schema.Schema]bool{nil: true}; len(pending) > 0; {
		s := schema.Follow(pending[0], b.schemas)
		if pending = pending[1:]; !seen[s] {
			seen[s] = true
			pending = append(append(append(pending, s.OneOf...), s.AnyOf...), s.Items)
			for _, p := range s.Properties {
				names, pending = append(names, p.Name), append(pending, p.Schema)
			}
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return !r.Blamed.Has(name) || !b.isName(name) })
}

// body says what a response holds.
func (b *builder) body(r infer.Response) string {
	if len(r.Content) == 0 {
		return "no body"
	}
	if m := r.Content[0]; m.Schema != nil && (m.Schema.Ref != "" || m.Schema.Kind != schema.String) {
		return b.value(m.Schema, "an ", "")
	}
	return r.Content[0].Type
}

// value says what a value is, or with the article "" and the ending "s", what several are.
func (b *builder) value(s *schema.Schema, article, ending string) string {
	var names []string
	switch alternatives := slices.Concat(s.OneOf, s.AnyOf); {
	case s.Ref != "":
		return s.Ref
	case len(alternatives) > 0:
		for _, a := range alternatives {
			names = append(names, b.value(a, article, ending))
		}
		slices.Sort(names)
		return list("", slices.Compact(names), "or", "")
	case s.Kind == schema.Array && s.Items == nil:
		return article + "empty array" + ending
	case s.Kind == schema.Array:
		return article + "array" + ending + " of " + b.value(s.Items, "", "s")
	case s.Kind != schema.Object:
		return schema.Describe(s)
	}
	for _, p := range s.Properties {
		if b.isName(p.Name) {
			names = append(names, p.Name)
		}
	}
	return article + "object" + ending + list(" with ", names, "and", "")
}

// list joins words between two texts with commas, and the last with a conjunction. No words are "".
func list(before string, words []string, last, after string) string {
	if len(words) > maxListed {
		words = append(slices.Clone(words[:maxListed]), "others")
	}
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return before + words[0] + after
	default:
		return before + strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1] + after
	}
}
