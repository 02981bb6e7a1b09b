package mcptools

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestAuthIsThatOfTheDocument has a session with the name of its server and a token of a page
// (Jupyter), and a key in the query that no answer gives.
func TestAuthIsThatOfTheDocument(t *testing.T) {
	const site, isJSON, isHTML = "https://notes.example", "\nContent-Type: application/json", "\nContent-Type: text/html"
	const xsrf, key = "2|6ef1c08a|c8a7dd4bb0a1|1790000000", "?appid=0f8e2d6c4b1a39587d6e5f4c3b2a1908"
	const session = `username-127-0-0-1-8888="2|1:0|10:1790000000|23:username-127-0-0-1-8888|44:eyJ1c2VybmFtZSI6ImFubiJ9|4b2a5c9e"`
	const signedIn = "\nCookie: _xsrf=" + xsrf + "; " + session + "\nX-XSRFToken: " + xsrf
	fs := []flow.Flow{
		exchangeOf("GET "+site+"/login", "200 1"+isHTML+"\nSet-Cookie: _xsrf="+xsrf+"; Path=/\n\n<form><input name=password type=password></form>"),
		exchangeOf("POST "+site+"/login\nCookie: _xsrf="+xsrf+"\nContent-Type: application/x-www-form-urlencoded\n\npassword=s3cret-of-ann", "302 1\nLocation: /\nSet-Cookie: "+session+"; HttpOnly"),
		exchangeOf("GET "+site+"/notes", "403 1"+isJSON+"\n\n{}"),
		exchangeOf("GET "+site+"/weather", "401 1"+isJSON+"\n\n{}"),
	}
	for i := range 3 {
		fs = append(fs, exchangeOf("GET "+site+"/notes"+signedIn, "200 1"+isJSON+fmt.Sprintf("\n\n[{\"id\":%d}]", i)),
			exchangeOf("POST "+site+"/notes"+signedIn+isJSON+"\n\n{\"text\":\"t\"}", "201 1"+isJSON+fmt.Sprintf("\n\n{\"id\":%d}", i)),
			exchangeOf("GET "+site+"/weather"+key, "200 1"+isJSON+fmt.Sprintf("\n\n{\"degrees\":%d}", i)))
	}
	s := connect(t, newStore(t, fs...))
	got := s.fine("detect_auth_pattern", nil)
	for part, want := range map[string]string{
		"schemes": "[map[flow_ids:[12 5] requests:6 scheme:username1270018888Cookie sent_as:cookie username-127-0-0-1-8888] " +
			"map[flow_ids:[13 7] requests:3 scheme:appidQuery sent_as:query appid]]",
		"sign_in":      "[map[flow_id:2 gives:[username1270018888Cookie: cookie username-127-0-0-1-8888] host:notes.example operation:POST /login requests:1 sends:[password]]]",
		"anti_forgery": "[map[from:[cookie _xsrf of the page /login] sent_as:header X-XSRFToken]]",
		"note": "call a sign-in first, and send what its answer gives; ask a person for appidQuery, as the capture has no sign-in that gave it: " +
			"to have one, sign out and in again while recording; requests that write need a token from anti_forgery, read after the sign-in",
	} {
		if text := fmt.Sprint(got[part]); text != want {
			t.Errorf("%s: %s", part, text)
		}
	}
	doc := s.fine("export_openapi_spec", nil)["document"].(object)
	for _, n := range list(t, got, "operations") {
		for _, name := range n["operations"].([]any) {
			at := strings.Fields(name.(string))
			required := doc["paths"].(object)[at[1]].(object)[strings.ToLower(at[0])].(object)["security"]
			has := func(scheme any) bool {
				return strings.Contains(fmt.Sprint(n["needs"]), scheme.(object)["scheme"].(string))
			}
			i := slices.IndexFunc(got["schemes"].([]any), has)
			if want := fmt.Sprintf("[map[%v:[]]]", list(t, got, "schemes")[i]["scheme"]); fmt.Sprint(required) != want {
				t.Errorf("%s: the document requires %v", name, required)
			}
		}
	}
	if rows := list(t, s.fine("detect_auth_pattern", object{"flow_ids": 7}), "schemes"); len(rows) != 1 || rows[0]["scheme"] != "appidQuery" {
		t.Errorf("flow 7 has %v", rows)
	}
}
