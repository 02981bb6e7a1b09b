package infer

import (
	"github.com/spectap/spectap/infer/pagename"
	"github.com/spectap/spectap/infer/schema"
)

// This file knows how APIs list things: the query parameters that select, order and
// search items, and what in a response leads to the next page.
//
// It knows names of widespread use and no vendor's API.

// Styles of paging, for [Paging].
const (
	PageNumber = "page"   // a parameter holds the number of the page
	PageOffset = "offset" // a parameter holds the number of items to skip
	PageCursor = "cursor" // a parameter holds a cursor from the previous response
	PageLink   = "link"   // the response holds the URL of the next page
)

// pageParam returns the style of a paging parameter and its description. The style is "" for the
// size of a page; the description is "" for other parameters.
func pageParam(name string, s *schema.Schema) (style, description string) {
	isInteger := s.Kind == schema.Integer
	isDate := s.Format == "date-time" || s.Format == "date"
	switch {
	case isInteger && pagename.IsNumber(name):
		return PageNumber, "Number of the page to return."
	case isInteger && pagename.IsSize(name):
		return "", "Maximum number of items to return."
	case isInteger && pagename.IsOffset(name):
		return PageOffset, "Number of items to skip."
	case pagename.IsCursor(name) && s.Kind != schema.Array && !isDate:
		if pagename.IsBackward(name) {
			return PageCursor, "Cursor from an earlier response; the page ends before it."
		}
		return PageCursor, "Cursor from an earlier response; the page begins after it."
	}
	return "", ""
}
