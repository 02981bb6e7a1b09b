package pagename_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/pagename"
)

// TestNames checks every name that the package knows, in the spellings of APIs, and that no other
// list has it.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		list  string
		is    func(string) bool
		names string
	}{
		{"number of a page", pagename.IsNumber, "page pageNumber page_no PageIndex p"},
		{"size", pagename.IsSize, "per_page pageSize limit page-limit maxResults max_items top $top count itemsPerPage"},
		{"offset", pagename.IsOffset, "offset skip $skip startIndex start_at"},
		{"cursor", pagename.IsCursor, `cursor pageToken next_token nextPageToken continue continuation continuationToken
			starting_after ending_before after before page_cursor marker $skiptoken next_cursor`},
		{"next page", pagename.IsNext, `next next_cursor nextPageToken nextToken nextPage nextLink next_url next_page_url
			NextMarker endCursor continuationToken NextContinuationToken continue cursor @odata.nextLink nextHref`},
		{"next cursor", pagename.IsNextCursor, `next_cursor nextPageToken nextToken NextMarker endCursor continuationToken
			NextContinuationToken continue cursor`},
		{"holder", pagename.IsHolder, `paging pagination pageInfo page meta metadata links _links cursors cursor
			response_metadata`},
		{"total", pagename.IsTotal, "total total_count totalResults totalItems totalElements"},
		{"pages", pagename.IsTotalPages, "totalPages pages page_count last_page"},
		{"more", pagename.IsMore, "has_more more hasNext hasNextPage"},
	} {
		for name := range strings.FieldsSeq(tt.names) {
			if !tt.is(name) {
				t.Errorf("%s: %s is not known", tt.list, name)
			}
		}
		for _, name := range []string{"", "pager", "x_page", "limits", "name"} {
			if tt.is(name) {
				t.Errorf("%s: %q is known", tt.list, name)
			}
		}
	}
	for name, want := range map[string]bool{"before": true, "ending_before": true, "prevCursor": true, "after": false, "cursor": false} {
		if got := pagename.IsBackward(name); got != want {
			t.Errorf("%s backward: %t", name, got)
		}
	}
	for name, other := range map[string]string{"page": "pageno", "limit": "perpage", "offset": "skip", "cursor": "after", "name": ""} {
		if got := pagename.Synonyms(name); (got != nil) != (other != "") || other != "" && (!got[other] || got["name"]) {
			t.Errorf("synonyms of %s: %v", name, got)
		}
	}
}
