package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/pagename"
	"github.com/spectap/spectap/infer/schema"
)

// decidePaging describes the paging parameters of a read, and finds what leads to the next page.
func (e *endpoint) decidePaging(components map[string]*schema.Schema) {
	if e.method != "GET" {
		return
	}
	p := Paging{}
	lists := e.hasList(components)
	for i := range e.op.Params {
		q := &e.op.Params[i]
		if !lists || q.In != InQuery || q.Schema == nil || q.Description != "" {
			continue
		}
		style, description := pageParam(q.Name, q.Schema)
		if description == "" {
			continue
		}
		q.Description = description
		q.Required = false // the first page has no cursor
		switch {
		case style == "":
			p.Size = q.Name
		case p.Style == "" || style == PageCursor && !pagename.IsBackward(q.Name):
			p.Style, p.Param = style, q.Name
		}
	}
	p.Items, p.Next = e.nextPage(components)
	switch {
	case p.Style == "" && p.Next == "":
		return
	case p.Style == "" && pagename.IsNextCursor(p.Next[strings.LastIndexByte(p.Next, '/')+1:]):
		p.Style = PageCursor // no request shows which parameter takes it
	case p.Style == "":
		p.Style = PageLink
	}
	e.op.Paging = &p
}

// describeQuery describes the query parameters that have a meaning by widespread use.
func (e *endpoint) describeQuery(components map[string]*schema.Schema) {
	lists := e.hasList(components)
	for i := range e.op.Params {
		q := &e.op.Params[i]
		if q.In != InQuery || q.Schema == nil || q.Description != "" {
			continue
		}
		var texts []string
		if facts := e.facts.query.Get(q.Name); facts != nil {
			texts = facts.values.Texts()
		}
		q.Description = listQuery{Name: q.Name, Schema: q.Schema, Texts: texts, Reads: e.method == "GET", Lists: lists}.Describe()
	}
}

// hasList reports whether a successful response is a list or holds one, or if no response has a
// body of JSON.
func (e *endpoint) hasList(components map[string]*schema.Schema) bool {
	isKnown := false
	for _, r := range e.op.Responses {
		for _, m := range r.Content {
			s := schema.Follow(m.Schema, components)
			if r.Status >= 300 || s == nil || !decode.IsJSON(m.kind()) {
				continue
			}
			isKnown = true
			if s.Kind == schema.Array || len(s.OneOf)+len(s.AnyOf) > 0 || s.CountLists(components, 3) > 0 {
				return true
			}
		}
	}
	return !isKnown
}

// linkHeader is the value of [Paging.Next] for pages that the Link header leads to.
const linkHeader = "header Link"

// nextPage returns JSON pointers to the list in the operation's responses and to what leads to the
// next page, or linkHeader for the latter.
func (e *endpoint) nextPage(components map[string]*schema.Schema) (items, next string) {
	for i := range e.op.Responses {
		r := &e.op.Responses[i]
		if r.Status != 200 {
			continue
		}
		for _, m := range r.Content {
			if decode.IsJSON(m.kind()) {
				items, next = listPointers(schema.Follow(m.Schema, components), components)
				break
			}
		}
	}
	if next == "" && e.facts.rels.Get("next") != nil {
		next = linkHeader
	}
	return items, next
}

// linkPages adds the link from a page to the next one: the operation itself, with the cursor in the
// response. The URL of the next page is no cursor.
func (e *endpoint) linkPages(components map[string]*schema.Schema) {
	p := e.op.Paging
	if p == nil || p.Style != PageCursor || p.Param == "" || !strings.HasPrefix(p.Next, "/") {
		return
	}
	l := Link{Name: "NextPage", Operation: e.op.ID}
	for _, q := range e.template.Params() {
		l.Parameters = append(l.Parameters, LinkParam{q.Name, "$request.path." + q.Name})
	}
	l.Parameters = append(l.Parameters, LinkParam{p.Param, "$response.body#" + p.Next})
	for i := range e.op.Responses {
		r := &e.op.Responses[i]
		if r.Status == 200 && !isURLAt(r.Content, p.Next, components) &&
			!slices.ContainsFunc(r.Links, func(o Link) bool { return o.Name == l.Name }) {
			r.Links = append(r.Links, l)
		}
	}
}

// isURLAt reports whether the property at a JSON pointer is a URL.
func isURLAt(content []Media, pointer string, components map[string]*schema.Schema) bool {
	return slices.ContainsFunc(content, func(m Media) bool {
		s := schema.Follow(m.Schema, components)
		for name := range strings.SplitSeq(pointer[1:], "/") {
			if s == nil {
				return false
			}
			i := slices.IndexFunc(s.Properties, func(p schema.Property) bool { return schema.EscapePointer(p.Name) == name })
			if i < 0 {
				return false
			}
			s = schema.Follow(s.Properties[i].Schema, components)
		}
		return s != nil && s.Format == "uri"
	})
}
