package main

import (
	"fmt"
	"strings"
)

// harOf returns a HAR with an answered GET of each path.
func harOf(paths []string) string {
	var entries []string
	for i, path := range paths {
		entries = append(entries, fmt.Sprintf(`{"startedDateTime":"2026-01-02T03:%02d:%02d.000Z","time":5,
"request":{"method":"GET","url":"https://shop.example%s","httpVersion":"HTTP/1.1","headers":[],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":0},
"response":{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","headers":[{"name":"Content-Type","value":"application/json"}],"cookies":[],
"redirectURL":"","headersSize":-1,"bodySize":-1,"content":{"size":8,"mimeType":"application/json","text":"{\"id\":%d}"}},
"cache":{},"timings":{"send":0,"wait":5,"receive":0}}`, i/60%60, i%60, path, i+1))
	}
	return `{"log":{"version":"1.2","creator":{"name":"test","version":"1"},"entries":[` + strings.Join(entries, ",\n") + `]}}`
}
