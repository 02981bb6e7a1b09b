package build

import (
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/openapi"
)

// accessOf writes where credentials and tokens come from, nil if nothing is known.
func accessOf(e security.Entry) *openapi.Access {
	if len(e.SignIns)+len(e.Tokens) == 0 {
		return nil
	}
	out := &openapi.Access{}
	for _, s := range e.SignIns {
		in := openapi.SignIn{Operation: s.Method + " " + s.Path, Gives: map[string]openapi.Source{}}
		for _, g := range s.Gives {
			from := sourceOf(g.From)
			from.Operation = ""
			in.Gives[g.Scheme] = from
		}
		out.SignIn = append(out.SignIn, in)
	}
	for _, t := range e.Tokens {
		token := openapi.AntiForgery{Header: t.Name}
		if t.In == "field" {
			token = openapi.AntiForgery{Field: t.Name}
		}
		for _, s := range t.From {
			token.From = append(token.From, sourceOf(s))
		}
		out.AntiForgery = append(out.AntiForgery, token)
	}
	return out
}

func sourceOf(s security.Source) (out openapi.Source) {
	switch {
	case s.Path == "":
	case s.Method == "":
		out.Page = s.Path
	default:
		out.Operation = s.Method + " " + s.Path
	}
	switch s.In {
	case "cookie":
		out.Cookie = s.Name
	case "header":
		out.Header = s.Name
	case "member":
		out.Pointer = s.Name
	case "meta":
		out.Meta = s.Name
	case "hidden":
		out.Field = s.Name
	}
	return out
}
