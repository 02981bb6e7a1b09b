package option_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/infer/option"
)

func TestShares(t *testing.T) {
	twenty := slices.Repeat([]int64{3}, 20)
	varied := slices.Concat(slices.Repeat([]int64{3}, 10), slices.Repeat([]int64{1}, 20))
	for _, tt := range []struct {
		name  string
		kind  option.Kind
		use   option.Use
		calls []int64
		want  bool
	}{
		{"half of the writes", option.Writes, option.Use{Name: "dry_run", Operations: 3, Calls: 3}, []int64{1, 1, 1, 1, 1, 1}, true},
		{"too few writes", option.Writes, option.Use{Name: "dry_run", Operations: 2, Calls: 2}, []int64{1, 1}, false},
		{"a filter of half of the lists", option.Pages, option.Use{Name: "role", Operations: 10, Calls: 30}, twenty, false},
		{"a filter in some calls of many lists", option.Pages, option.Use{Name: "selector", Operations: 6, Sometimes: 6, Calls: 6}, twenty, true},
		{"a filter in all calls of some lists", option.Pages, option.Use{Name: "from", Operations: 6, Sometimes: 0, Calls: 18}, twenty, false},
		{"a filter in most calls of some lists", option.Pages, option.Use{Name: "from", Operations: 6, Sometimes: 6, Calls: 12}, twenty, false},
		{"a filter of few lists", option.Pages, option.Use{Name: "since", Operations: 3, Sometimes: 3, Calls: 3}, twenty, false},
		{"an option in some calls of many writes", option.Writes, option.Use{Name: "force", Operations: 5, Sometimes: 5, Calls: 5}, twenty, true},
		{"lists that were called once", option.Pages, option.Use{Name: "selector", Operations: 8, Sometimes: 3, Once: 3, Calls: 8}, varied, true},
		{"hardly any list without it", option.Pages, option.Use{Name: "selector", Operations: 8, Sometimes: 2, Once: 5, Calls: 8}, varied, false},
		{"an option of all methods", option.All, option.Use{Name: "pretty", Operations: 10, Sometimes: 10, Calls: 12, Methods: 3}, twenty, true},
		{"of two methods", option.All, option.Use{Name: "pretty", Operations: 10, Sometimes: 10, Calls: 12, Methods: 2}, twenty, false},
		{"in all calls of half of the operations", option.All, option.Use{Name: "domain", Operations: 10, Calls: 30, Methods: 3}, twenty, false},
		{"pages of all methods", option.All, option.Use{Name: "page", Operations: 10, Sometimes: 10, Calls: 12, Methods: 3}, twenty, false},
		{"reads have more kinds", option.Reads, option.Use{Name: "selector", Operations: 6, Sometimes: 6, Calls: 6}, twenty, false},
		{"five reads", option.Reads, option.Use{Name: "fields", Operations: 5, Calls: 5}, []int64{1, 1, 1, 1, 1}, true},
		{"four reads", option.Reads, option.Use{Name: "fields", Operations: 4, Calls: 4}, []int64{1, 1, 1, 1}, false},
		{"pages of reads", option.Reads, option.Use{Name: "page", Operations: 5, Calls: 5}, []int64{1, 1, 1, 1, 1}, false},
		{"a filter of five of 33 lists", option.Pages, option.Use{Name: "selector", Operations: 5, Sometimes: 5, Calls: 5}, slices.Repeat([]int64{3}, 33), true},
		{"of five of 34", option.Pages, option.Use{Name: "selector", Operations: 5, Sometimes: 5, Calls: 5}, slices.Repeat([]int64{3}, 34), false},
		{"lists of one thing", option.Owned, option.Use{Name: "role", Operations: 2, Calls: 2}, []int64{1, 1, 1}, true},
		{"a word of the protocol on some lists", option.Lists, option.Use{Name: "$filter", Operations: 10, Calls: 30}, twenty, true},
		{"a word of the protocol on few lists", option.Lists, option.Use{Name: "$filter", Operations: 9, Calls: 27}, twenty, false},
		{"a filter on some lists", option.Lists, option.Use{Name: "filter", Operations: 10, Calls: 30}, twenty, false},
		{"one name for pages", option.Pages, option.Use{Name: "page", Operations: 10, Calls: 30}, twenty, true},
		{"pages of two lists", option.Pages, option.Use{Name: "page", Operations: 2, Calls: 2}, []int64{1, 1, 1}, true},
		{"pages of one list", option.Pages, option.Use{Name: "page", Operations: 1, Calls: 1}, []int64{1, 1}, false},
		{"a filter of some collections with one answer", option.Alike, option.Use{Name: "selector", Operations: 4, Sometimes: 3, Once: 1, Calls: 4}, twenty, true},
		{"of three collections", option.Alike, option.Use{Name: "selector", Operations: 3, Sometimes: 3, Calls: 3}, twenty, false},
		{"in all calls of collections with one answer", option.Alike, option.Use{Name: "owner", Operations: 12, Calls: 36}, twenty, false},
		{"pages of two collections with one answer", option.Alike, option.Use{Name: "page", Operations: 2, Calls: 2}, []int64{1, 1, 1}, false},
		{"pages of three of them", option.Alike, option.Use{Name: "page", Operations: 3, Calls: 3}, []int64{1, 1, 1, 1}, true},
		{"of four lists with other answers", option.Pages, option.Use{Name: "selector", Operations: 4, Sometimes: 4, Calls: 4}, twenty, false},
		{"pages of two plain lists", option.Plain, option.Use{Name: "page", Operations: 2, Calls: 2}, []int64{1, 1, 1}, true},
		{"some of the plain lists", option.Plain, option.Use{Name: "page", Operations: 12, Calls: 36}, twenty, false},
		{"most of the plain lists", option.Plain, option.Use{Name: "page", Operations: 14, Calls: 42}, twenty, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.kind.Shares(tt.use, []option.Use{tt.use}, tt.calls); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	skip, filter := option.Use{Name: "$skip", Operations: 2, Calls: 2}, option.Use{Name: "$filter", Operations: 8, Calls: 24}
	if !option.Lists.Shares(skip, []option.Use{skip, filter}, twenty) {
		t.Error("lists that take the words of a protocol do not take $skip as two of them do")
	}
	page := option.Use{Name: "page", Operations: 10, Calls: 30}
	if option.Pages.Shares(page, []option.Use{page, {Name: "page_number", Operations: 8, Calls: 24}}, twenty) {
		t.Error("lists that number their pages under two names share one of them")
	}
}
