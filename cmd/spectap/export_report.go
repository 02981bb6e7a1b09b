package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
)

// summaryOf returns one line about a document that was written to out.
func summaryOf(e *catalog.Document, out string) string {
	return fmt.Sprintf("%s: %s and %s from %s", out, plural(len(e.Decided.Operations), "operation"),
		plural(len(e.Decided.Components), "schema"), sourceOf(e))
}

// summary is summaryOf for the document of this export. With --into it counts what the file has,
// then what was learned.
func (x *exporting) summary(e *catalog.Document) string {
	if x.merged == nil {
		return summaryOf(e, x.out)
	}
	operations, schemas := 0, 0
	for _, item := range x.merged.Paths.Map() {
		operations += len(item.Operations())
	}
	if x.merged.Components != nil {
		schemas = len(x.merged.Components.Schemas)
	}
	return fmt.Sprintf("%s: %s and %s; %s from %s", x.out, plural(operations, "operation"), plural(schemas, "schema"),
		plural(len(e.Decided.Operations), "operation"), sourceOf(e))
}

// sourceOf returns the number of flows of a document, and of those that were left out.
func sourceOf(e *catalog.Document) string {
	left := int64(0)
	for _, x := range e.Decided.Excluded {
		left += x.Count
	}
	s := plural(int(e.Decided.Flows), "flow")
	if left > 0 {
		s += fmt.Sprintf(" (%d left out: %s)", left, reasons(e.Decided.Excluded))
	}
	return s
}

func reasons(xs []infer.Exclusion) string {
	var texts []string
	for _, x := range xs {
		texts = append(texts, fmt.Sprintf("%d %s", x.Count, x.Reason))
	}
	return strings.Join(texts, ", ")
}

// printReport prints how many flows are in the document, and how many were left out for which
// reason.
func printReport(w io.Writer, e *catalog.Document) {
	in := e.Decided.Flows
	for _, x := range e.Decided.Excluded {
		in -= x.Count
	}
	fmt.Fprintf(w, "%8d flows\n%8d in %s\n", e.Decided.Flows, in, plural(len(e.Decided.Operations), "operation"))
	for _, x := range e.Decided.Excluded {
		fmt.Fprintf(w, "%8d left out: %s (%s)\n", x.Count, x.Reason, infer.ReasonText(x.Reason))
	}
}
