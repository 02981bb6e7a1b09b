package mcptools

import (
	"github.com/spectap/spectap/flow"
)

// twoAPIs returns flows of two APIs, which answer differently.
func twoAPIs() (fs []flow.Flow) {
	for host, id := range map[string]string{"one.example": `{"id":1}`, "two.example:8443": `{"id":"x"}`} {
		for _, path := range []string{"/v1/things", "/v1/things/1", "/v1/things/2"} {
			fs = append(fs, answered(newFlow("GET", "https", host, path, ""), 200, "application/json", id))
		}
	}
	return fs
}

// numbers is a document of things with numbers, for a server.
func numbers(server string) string {
	return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"` + server + `"}],"paths":{"/things":{"get":{"responses":{"200":{
		"description":"","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"type":"integer"}}}}}}}}}}}`
}
