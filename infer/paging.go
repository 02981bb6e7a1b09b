package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// Names of paging parameters, squeezed. Each says something only on a read, and only with values of its kind.
var (
	pageNumbers = map[string]bool{"page": true, "pagenumber": true, "pageno": true, "pageindex": true, "p": true}
	pageSizes   = map[string]bool{"perpage": true, "pagesize": true, "limit": true, "pagelimit": true, "maxresults": true, "maxitems": true,
		"top": true, "$top": true, "count": true, "itemsperpage": true}
	pageOffsets = map[string]bool{"offset": true, "skip": true, "$skip": true, "startindex": true, "startat": true}
	pageCursors = map[string]bool{"cursor": true, "pagetoken": true, "nexttoken": true, "nextpagetoken": true, "continue": true,
		"continuation": true, "continuationtoken": true, "startingafter": true, "endingbefore": true, "after": true, "before": true,
		"pagecursor": true, "marker": true, "$skiptoken": true, "nextcursor": true}
)

// Names in answers, squeezed: what leads on, and what that may stand in.
var (
	nextPages = map[string]bool{"next": true, "nextcursor": true, "nextpagetoken": true, "nexttoken": true, "nextpage": true, "nextlink": true,
		"nexturl": true, "nextpageurl": true, "nextmarker": true, "endcursor": true, "continuationtoken": true, "nextcontinuationtoken": true,
		"continue": true, "cursor": true, "@odatanextlink": true, "nexthref": true}
	nextTokens = map[string]bool{"nextcursor": true, "nextpagetoken": true, "nexttoken": true, "nextmarker": true, "endcursor": true,
		"continuationtoken": true, "nextcontinuationtoken": true, "continue": true, "cursor": true}
	pageParts = map[string]bool{"paging": true, "pagination": true, "pageinfo": true, "page": true, "meta": true, "metadata": true, "links": true,
		"cursors": true, "cursor": true, "responsemetadata": true}
)

// Styles of paging.
const (
	PageNumber = "page"   // by number
	PageOffset = "offset" // by how many items to skip
	PageCursor = "cursor" // by what the answer before said
	PageLink   = "link"   // by a URL in the answer
)

// decidePaging says what the paging parameters of a list mean, and how one comes to the next page.
func decidePaging(c *candidate, components map[string]*schema.Schema) {
	if c.method != "GET" {
		return
	}
	pg := Paging{}
	for i := range c.op.Params {
		q := &c.op.Params[i]
		if q.In != InQuery || q.Schema == nil || q.Description != "" {
			continue
		}
		style, words := pagingParam(q)
		if words == "" {
			continue
		}
		q.Description = words
		q.Required = false // one can always begin at the beginning
		switch {
		case style == "":
			pg.Size = q.Name
		case pg.Style == "" || style == PageCursor && !backwards(q.Name):
			pg.Style, pg.Param = style, q.Name
		}
	}
	pg.Items, pg.Next = c.nextPage(components)
	switch {
	case pg.Style == "" && pg.Next == "":
		return
	case pg.Style == "" && nextTokens[noun.Fold(pg.Next[strings.LastIndexByte(pg.Next, '/')+1:])]:
		pg.Style = PageCursor // which parameter takes it, nobody has shown
	case pg.Style == "":
		pg.Style = PageLink
	}
	c.op.Paging = &pg
}

// backwards says whether a cursor leads to the page before.
func backwards(name string) bool {
	n := noun.Fold(name)
	return strings.Contains(n, "before") || strings.Contains(n, "prev")
}

// pagingParam says which style of paging a parameter is of ("" for the size of a page), and what it means; words are ""
// for other parameters.
func pagingParam(q *Param) (style, words string) {
	name, number := noun.Fold(q.Name), q.Schema.Kind == schema.Integer
	switch {
	case number && pageNumbers[name]:
		return PageNumber, "Number of the page."
	case number && pageSizes[name]:
		return "", "How many items a page has at most."
	case number && pageOffsets[name]:
		return PageOffset, "How many items to skip."
	case pageCursors[name] && q.Schema.Kind != schema.Array && q.Schema.Format != "date-time" && q.Schema.Format != "date":
		return PageCursor, "Where the page begins: a cursor from an earlier answer."
	}
	return "", ""
}

// nextPage finds, in what the operation answers, the list and what leads to the next page: JSON pointers, or "header
// Link". A list alone leads nowhere.
func (c *candidate) nextPage(components map[string]*schema.Schema) (items, next string) {
	for i := range c.op.Responses {
		r := &c.op.Responses[i]
		if r.Status != 200 {
			continue
		}
		for _, m := range r.Content {
			if decode.IsJSON(m.Type) {
				items, next = pageOf(followRef(m.Schema, components), components)
				break
			}
		}
	}
	if next == "" && c.facts.rels.Get("next") != nil {
		next = headerLink
	}
	return items, next
}

const headerLink = "header Link"

// pageOf is pagePointers of the first alternative that has them.
func pageOf(s *schema.Schema, components map[string]*schema.Schema) (items, next string) {
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
		case nextPages[noun.Fold(p.Name)] && isPointer(own) && next == "":
			next = "/" + escapePointer(p.Name)
		case pageParts[strings.TrimPrefix(noun.Fold(p.Name), "_")] && own.Kind == schema.Object && next == "":
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

// isPointer says whether a value may say where to go on: a text, or a number, or nothing at the end.
func isPointer(s *schema.Schema) bool {
	return s.Kind == schema.String || s.Kind == schema.Integer || s.Kind == 0 && len(s.AnyOf)+len(s.OneOf) == 0 && s.Nullable
}

// linkPages adds the link from a page to the next one: what the answer says is the cursor of the same operation.
func (c *candidate) linkPages() {
	p := c.op.Paging
	if p == nil || p.Style != PageCursor || p.Param == "" || !strings.HasPrefix(p.Next, "/") {
		return
	}
	l := Link{Name: "NextPage", Operation: c.op.ID}
	for _, q := range c.template.Params() {
		l.Parameters = append(l.Parameters, LinkParam{q.Name, "$request.path." + q.Name})
	}
	l.Parameters = append(l.Parameters, LinkParam{p.Param, "$response.body#" + p.Next})
	for i := range c.op.Responses {
		r := &c.op.Responses[i]
		if r.Status == 200 && !slices.ContainsFunc(r.Links, func(o Link) bool { return o.Name == l.Name }) {
			r.Links = append(r.Links, l)
		}
	}
}

// learnRels counts the relations of the links in an answer's header (RFC 8288, section 3.3).
func (m *methodFacts) learnRels(link string) {
	for rest := link; ; {
		_, after, ok := strings.Cut(rest, "rel=")
		if !ok {
			return
		}
		rest = after
		rels := strings.Trim(after, `"`)
		if end := strings.IndexAny(rels, `",;`); end >= 0 {
			rels = rels[:end]
		}
		for _, rel := range strings.Fields(rels) {
			if call.IsPlainName(rel) {
				bottomk.Tally(m.rels, strings.ToLower(rel))
			}
		}
	}
}
