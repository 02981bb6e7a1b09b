package main

import (
	"time"

	"github.com/spectap/spectap/flow"
)

// testFlow is a finished flow without a response.
func testFlow(path string) flow.Flow {
	return flow.Flow{
		ID: flow.NewID(), Done: true, Started: time.Now(),
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: path},
	}
}
