package infer

import "github.com/spectap/spectap/infer/schema"

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

// describePaging says what the paging parameters of a list mean.
func describePaging(c *candidate) {
	if c.method != "GET" {
		return
	}
	for i := range c.op.Params {
		q := &c.op.Params[i]
		if q.In != InQuery || q.Schema == nil || q.Description != "" {
			continue
		}
		name, number := squeeze(q.Name), q.Schema.Kind == schema.Integer
		switch {
		case number && pageNumbers[name]:
			q.Description = "Number of the page."
		case number && pageSizes[name]:
			q.Description = "How many items a page has at most."
		case number && pageOffsets[name]:
			q.Description = "How many items to skip."
		case pageCursors[name] && q.Schema.Kind != schema.Array && q.Schema.Format != "date-time" && q.Schema.Format != "date":
			q.Description = "Where the page begins: a cursor from an earlier answer."
		}
	}
}
