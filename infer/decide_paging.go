package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// Folded names of paging parameters. See [noun.Fold]. They have a meaning on reads only, and only
// if their values have the right type.
var (
	pageNumbers = map[string]bool{"page": true, "pagenumber": true, "pageno": true, "pageindex": true, "p": true}
	pageSizes   = map[string]bool{"perpage": true, "pagesize": true, "limit": true, "pagelimit": true,
		"maxresults": true, "maxitems": true, "top": true, "$top": true, "count": true, "itemsperpage": true}
	pageOffsets = map[string]bool{"offset": true, "skip": true, "$skip": true, "startindex": true, "startat": true}
	pageCursors = map[string]bool{"cursor": true, "pagetoken": true, "nexttoken": true, "nextpagetoken": true,
		"continue": true, "continuation": true, "continuationtoken": true, "startingafter": true, "endingbefore": true,
		"after": true, "before": true, "pagecursor": true, "marker": true, "$skiptoken": true, "nextcursor": true}
)

// Folded names of properties in responses: those that lead to the next page, those of them that are
// cursors, and the objects that may hold one.
var (
	nextPages = map[string]bool{"next": true, "nextcursor": true, "nextpagetoken": true, "nexttoken": true,
		"nextpage": true, "nextlink": true, "nexturl": true, "nextpageurl": true, "nextmarker": true, "endcursor": true,
		"continuationtoken": true, "nextcontinuationtoken": true, "continue": true, "cursor": true,
		"@odatanextlink": true, "nexthref": true}
	nextCursors = map[string]bool{"nextcursor": true, "nextpagetoken": true, "nexttoken": true, "nextmarker": true,
		"endcursor": true, "continuationtoken": true, "nextcontinuationtoken": true, "continue": true, "cursor": true}
	pageObjects = map[string]bool{"paging": true, "pagination": true, "pageinfo": true, "page": true, "meta": true,
		"metadata": true, "links": true, "cursors": true, "cursor": true, "responsemetadata": true}
)

// Styles of paging, for [Paging].
const (
	PageNumber = "page"   // a parameter holds the number of the page
	PageOffset = "offset" // a parameter holds the number of items to skip
	PageCursor = "cursor" // a parameter holds a cursor from the previous response
	PageLink   = "link"   // the response holds the URL of the next page
)

// decidePaging describes the paging parameters of a read, and finds what leads to the next page.
func (e *endpoint) decidePaging(components map[string]*schema.Schema) {
	if e.method != "GET" {
		return
	}
	p := Paging{}
	for i := range e.op.Params {
		q := &e.op.Params[i]
		if q.In != InQuery || q.Schema == nil || q.Description != "" {
			continue
		}
		style, description := pagingParam(q)
		if description == "" {
			continue
		}
		q.Description = description
		q.Required = false // the first page needs none
		switch {
		case style == "":
			p.Size = q.Name
		case p.Style == "" || style == PageCursor && !isBackward(q.Name):
			p.Style, p.Param = style, q.Name
		}
	}
	p.Items, p.Next = e.nextPage(components)
	switch {
	case p.Style == "" && p.Next == "":
		return
	case p.Style == "" && nextCursors[noun.Fold(p.Next[strings.LastIndexByte(p.Next, '/')+1:])]:
		p.Style = PageCursor // no request shows which parameter takes it
	case p.Style == "":
		p.Style = PageLink
	}
	e.op.Paging = &p
}

// isBackward reports whether a cursor parameter leads to the previous page.
func isBackward(name string) bool {
	n := noun.Fold(name)
	return strings.Contains(n, "before") || strings.Contains(n, "prev")
}

// pagingParam returns the style of a paging parameter and its description. The style is "" for the
// size of a page; the description is "" for other parameters.
func pagingParam(q *Param) (style, description string) {
	name, isInteger := noun.Fold(q.Name), q.Schema.Kind == schema.Integer
	isDate := q.Schema.Format == "date-time" || q.Schema.Format == "date"
	switch {
	case isInteger && pageNumbers[name]:
		return PageNumber, "Number of the page."
	case isInteger && pageSizes[name]:
		return "", "How many items a page has at most."
	case isInteger && pageOffsets[name]:
		return PageOffset, "How many items to skip."
	case pageCursors[name] && q.Schema.Kind != schema.Array && !isDate:
		return PageCursor, "Where the page begins: a cursor from an earlier answer."
	}
	return "", ""
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
			if decode.IsJSON(m.Type) {
				items, next = alternativePointers(followRef(m.Schema, components), components)
				break
			}
		}
	}
	if next == "" && e.facts.rels.Get("next") != nil {
		next = linkHeader
	}
	return items, next
}

// alternativePointers is pagePointers for the first alternative that leads to a next page.
func alternativePointers(s *schema.Schema, components map[string]*schema.Schema) (items, next string) {
	if s == nil || len(s.OneOf) == 0 {
		return pagePointers(s, components)
	}
	for _, one := range s.OneOf {
		if items, next = pagePointers(followRef(one, components), components); next != "" {
			return items, next
		}
	}
	return "", ""
}

// pagePointers returns JSON pointers to the only list in an object, and to the property that leads
// to the next page.
func pagePointers(s *schema.Schema, components map[string]*schema.Schema) (items, next string) {
	if s == nil || s.Kind != schema.Object {
		return "", ""
	}
	lists := 0
	for _, p := range s.Properties {
		own := followRef(p.Schema, components)
		switch {
		case own == nil:
		case own.Kind == schema.Array:
			lists++
			items = "/" + escapePointer(p.Name)
		case nextPages[noun.Fold(p.Name)] && canLeadOn(own) && next == "":
			next = "/" + escapePointer(p.Name)
		case pageObjects[strings.TrimPrefix(noun.Fold(p.Name), "_")] && own.Kind == schema.Object && next == "":
			if _, inner := pagePointers(own, components); inner != "" && strings.Count(inner, "/") < 3 {
				next = "/" + escapePointer(p.Name) + inner
			}
		}
	}
	if lists != 1 {
		items = ""
	}
	return items, next
}

// canLeadOn reports whether a value may lead to the next page: a string, an integer, or only null
// so far, as on the last page.
func canLeadOn(s *schema.Schema) bool {
	isNull := s.Kind == 0 && len(s.AnyOf)+len(s.OneOf) == 0 && s.Nullable
	return s.Kind == schema.String || s.Kind == schema.Integer || isNull
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
		s := followRef(m.Schema, components)
		for name := range strings.SplitSeq(pointer[1:], "/") {
			if s == nil {
				return false
			}
			i := slices.IndexFunc(s.Properties, func(p schema.Property) bool { return escapePointer(p.Name) == name })
			if i < 0 {
				return false
			}
			s = followRef(s.Properties[i].Schema, components)
		}
		return s != nil && s.Format == "uri"
	})
}
