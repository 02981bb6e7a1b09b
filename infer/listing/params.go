// Package listing knows how APIs list things: the query parameters that select, order and
// search items, and what in a response leads to the next page.
//
// It knows names of widespread use and no vendor's API. It imports infer/noun and infer/schema.
// Read params.go first.
package listing

import (
	"strings"

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

// Styles of paging, for infer.Paging.
const (
	PageNumber = "page"   // a parameter holds the number of the page
	PageOffset = "offset" // a parameter holds the number of items to skip
	PageCursor = "cursor" // a parameter holds a cursor from the previous response
	PageLink   = "link"   // the response holds the URL of the next page
)

// IsBackward reports whether a cursor parameter leads to the previous page.
func IsBackward(name string) bool {
	n := noun.Fold(name)
	return strings.Contains(n, "before") || strings.Contains(n, "prev")
}

// PageParam returns the style of a paging parameter and its description. The style is "" for the
// size of a page; the description is "" for other parameters.
func PageParam(name string, s *schema.Schema) (style, description string) {
	folded, isInteger := noun.Fold(name), s.Kind == schema.Integer
	isDate := s.Format == "date-time" || s.Format == "date"
	switch {
	case isInteger && pageNumbers[folded]:
		return PageNumber, "Number of the page to return."
	case isInteger && pageSizes[folded]:
		return "", "Maximum number of items to return."
	case isInteger && pageOffsets[folded]:
		return PageOffset, "Number of items to skip."
	case pageCursors[folded] && s.Kind != schema.Array && !isDate:
		if IsBackward(name) {
			return PageCursor, "Cursor from an earlier response; the page ends before it."
		}
		return PageCursor, "Cursor from an earlier response; the page begins after it."
	}
	return "", ""
}

// Synonyms returns the folded names that mean the same as a paging parameter, nil for other
// parameters.
func Synonyms(name string) map[string]bool {
	for _, names := range []map[string]bool{pageNumbers, pageSizes, pageOffsets, pageCursors} {
		if names[noun.Fold(name)] {
			return names
		}
	}
	return nil
}
