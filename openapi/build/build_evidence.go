package build

import (
	"math"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
)

// AddEvidence adds [openapi.ExtEvidence] to the operations of doc, which [Document] made of
// decided: the number of exchanges, of responses by status, of exchanges and distinct values of
// parameters, and the confidence. It has no values of the traffic.
//
// The confidence is the probability that the path is right, times the probability that the next
// exchange is like those seen: (n+1)/(n+2) for n exchanges (Laplace's rule of succession).
func AddEvidence(doc *openapi3.T, decided infer.Document) {
	byID := make(map[string]infer.Operation, len(decided.Operations))
	for _, op := range decided.Operations {
		byID[op.ID] = op
	}
	for _, path := range sortedPaths(doc) {
		for _, op := range operationsOf(doc.Paths.Value(path)) {
			if from, ok := byID[op.OperationID]; ok {
				ensureMap(&op.Extensions)[openapi.ExtEvidence] = evidenceOf(from)
			}
		}
	}
}

func evidenceOf(op infer.Operation) map[string]any {
	statuses, params := map[string]any{}, map[string]any{}
	for _, r := range op.Responses {
		statuses[strconv.Itoa(r.Status)] = r.Seen
	}
	for _, p := range op.Params {
		counts := map[string]any{"exchanges": p.Seen}
		if p.Values > 0 {
			counts["values"] = p.Values
		}
		params[string(p.In)+"."+p.Name] = counts
	}
	confidence := op.Certainty * float64(op.Seen+1) / float64(op.Seen+2)
	out := map[string]any{
		"exchanges": op.Seen, "statuses": statuses, "confidence": math.Round(confidence*100) / 100,
	}
	if len(params) > 0 {
		out["parameters"] = params
	}
	return out
}
