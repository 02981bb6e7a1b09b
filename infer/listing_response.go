package infer

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/pagename"
	"github.com/spectap/spectap/infer/schema"
)

// maxPageProperties is how many properties a page of a list has at most, the list included.
const maxPageProperties = 10

// listShape is the shape of a response that is a list.
type listShape string

// Shapes of lists.
const (
	bareList listShape = "array" // an array; a Link header may lead to other pages
	pageList listShape = "page"  // an object with the list and properties that lead to other pages
	onlyList listShape = "list"  // an object with the list
)

// pageWords are the folded names of properties that describe a page. See [noun.Fold].
var pageWords = map[string]bool{
	"hasmore": true, "more": true, "next": true, "nextpage": true, "nextpageuri": true, "nexturl": true,
	"nextcursor": true, "nexttoken": true, "nextpagetoken": true, "nextlink": true, "cursor": true, "cursors": true,
	"page": true, "pages": true, "paging": true, "pagination": true, "links": true, "meta": true, "metadata": true,
	"total": true, "totalcount": true, "totalresults": true, "totalitems": true, "totalpages": true, "count": true,
	"limit": true, "offset": true, "skip": true, "perpage": true, "pagesize": true, "pageinfo": true, "continue": true,
}

// listPointers returns JSON pointers to the only list in a response, and to the property that leads
// to the next page; each is "" if there is none. Of alternatives, the first with such a pointer
// counts.
func listPointers(s *schema.Schema, components map[string]*schema.Schema) (items, next string) {
	if s == nil || len(s.OneOf) == 0 {
		return pagePointers(s, components)
	}
	for _, one := range s.OneOf {
		if items, next = pagePointers(schema.Follow(one, components), components); next != "" {
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
		own := schema.Follow(p.Schema, components)
		switch {
		case own == nil:
		case own.Kind == schema.Array:
			lists++
			items = "/" + schema.EscapePointer(p.Name)
		case pagename.IsNext(p.Name) && canLeadOn(own) && next == "":
			next = "/" + schema.EscapePointer(p.Name)
		case pagename.IsHolder(p.Name) && own.Kind == schema.Object && next == "":
			if _, inner := pagePointers(own, components); inner != "" && strings.Count(inner, "/") < 3 {
				next = "/" + schema.EscapePointer(p.Name) + inner
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

// listIn returns the shape of an object that is a list, or "", and the component of its elements.
// The object must hold one list of records and few other properties.
func listIn(s *schema.Schema) (component string, shape listShape) {
	if s == nil || len(s.Properties) > maxPageProperties {
		return "", ""
	}
	lists := 0
	shape = onlyList
	for _, p := range s.Properties {
		items := p.Schema.Items
		isList := p.Schema.Kind == schema.Array && items != nil
		switch {
		case p.Name == "id" || p.Name == "uuid":
			return "", ""
		case isList && (items.Ref != "" || items.Kind == schema.Object || items.OneOf != nil):
			component = refOfList(items)
			lists++
		case pageWords[noun.Fold(p.Name)]:
			shape = pageList
		}
	}
	if lists != 1 {
		return "", ""
	}
	return component, shape
}

// refOfList returns the component that a schema refers to, "" if it does not.
func refOfList(s *schema.Schema) string {
	if s == nil {
		return ""
	}
	return s.Ref
}
