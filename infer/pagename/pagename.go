// Package pagename recognizes the names that APIs use for paging: query parameters, and properties
// of responses. It knows no vendor's API.
//
// Names are compared without case, "-", "_" and ".": see [noun.Fold]. Read pagename.go first; it is
// the only file.
package pagename

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// Folded names of parameters. They have a meaning on reads only, and only if their values have the
// right type.
var (
	numbers = map[string]bool{"page": true, "pagenumber": true, "pageno": true, "pageindex": true, "p": true}
	sizes   = map[string]bool{"perpage": true, "pagesize": true, "limit": true, "pagelimit": true,
		"maxresults": true, "maxitems": true, "top": true, "$top": true, "count": true, "itemsperpage": true}
	offsets = map[string]bool{"offset": true, "skip": true, "$skip": true, "startindex": true, "startat": true}
	cursors = map[string]bool{"cursor": true, "pagetoken": true, "nexttoken": true, "nextpagetoken": true,
		"continue": true, "continuation": true, "continuationtoken": true, "startingafter": true, "endingbefore": true,
		"after": true, "before": true, "pagecursor": true, "marker": true, "$skiptoken": true, "nextcursor": true}
)

// Folded names of properties in responses: those that lead to the next page, those of them that are
// cursors, and the objects that may hold one.
var (
	nexts = map[string]bool{"next": true, "nextcursor": true, "nextpagetoken": true, "nexttoken": true,
		"nextpage": true, "nextlink": true, "nexturl": true, "nextpageurl": true, "nextmarker": true, "endcursor": true,
		"continuationtoken": true, "nextcontinuationtoken": true, "continue": true, "cursor": true,
		"@odatanextlink": true, "nexthref": true}
	nextCursors = map[string]bool{"nextcursor": true, "nextpagetoken": true, "nexttoken": true, "nextmarker": true,
		"endcursor": true, "continuationtoken": true, "nextcontinuationtoken": true, "continue": true, "cursor": true}
	holders = map[string]bool{"paging": true, "pagination": true, "pageinfo": true, "page": true, "meta": true,
		"metadata": true, "links": true, "cursors": true, "cursor": true, "responsemetadata": true}
	totals     = map[string]bool{"total": true, "totalcount": true, "totalresults": true, "totalitems": true, "totalelements": true}
	totalPages = map[string]bool{"totalpages": true, "pages": true, "pagecount": true, "lastpage": true}
	mores      = map[string]bool{"hasmore": true, "more": true, "hasnext": true, "hasnextpage": true}
)

// IsNumber reports whether a parameter or property of this name holds the number of a page.
func IsNumber(name string) bool { return numbers[noun.Fold(name)] }

// IsSize reports whether it holds how many items a page has.
func IsSize(name string) bool { return sizes[noun.Fold(name)] }

// IsOffset reports whether it holds the number of items to skip.
func IsOffset(name string) bool { return offsets[noun.Fold(name)] }

// IsCursor reports whether a parameter of this name holds a cursor from another page.
func IsCursor(name string) bool { return cursors[noun.Fold(name)] }

// IsBackward reports whether a cursor parameter leads to the previous page.
func IsBackward(name string) bool {
	n := noun.Fold(name)
	return strings.Contains(n, "before") || strings.Contains(n, "prev")
}

// IsNext reports whether a property of this name leads to the next page.
func IsNext(name string) bool { return nexts[noun.Fold(name)] }

// IsNextCursor reports whether a property of this name holds a cursor for the next page.
func IsNextCursor(name string) bool { return nextCursors[noun.Fold(name)] }

// IsHolder reports whether an object of this name may hold links or cursors to the next page.
func IsHolder(name string) bool { return holders[strings.TrimPrefix(noun.Fold(name), "_")] }

// IsTotal reports whether a property of this name counts the items of all pages.
func IsTotal(name string) bool { return totals[noun.Fold(name)] }

// IsTotalPages reports whether a property of this name counts the pages.
func IsTotalPages(name string) bool { return totalPages[noun.Fold(name)] }

// IsMore reports whether a property of this name says that there is another page.
func IsMore(name string) bool { return mores[noun.Fold(name)] }

// Synonyms returns the folded names that mean the same as a parameter, or nil for a name without
// such a meaning. The caller must not change the map.
func Synonyms(name string) map[string]bool {
	for _, names := range []map[string]bool{numbers, sizes, offsets, cursors} {
		if names[noun.Fold(name)] {
			return names
		}
	}
	return nil
}
