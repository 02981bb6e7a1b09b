package redact_test

import (
	"bytes"
	"testing"
)

func TestJSON(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{"a": 1, "b" : [true,null,"x"] }`, ``},
		{`{"password":"hunter2"}`, `{"password":"[redacted:secret:*]"}`},
		{`{"password":null,"secret":true,"token":"","max_tokens":4096,"tokens":12}`, ``},
		{`{"pass":12,"fail":1,"sin":0.912345,"pan":0.123456}`, ``},
		{`{"pin":1234,"n":1234}`, `{"pin":"[redacted:secret:*]","n":1234}`},
		{`{"tokens":["a","b"],"x":["a"]}`, `{"tokens":["[redacted:secret:*]","[redacted:secret:*]"],"x":["a"]}`},
		{`{"credentials":{"value":"aB3dE5fG7hJ9kL1mN"}}`, `{"credentials":{"value":"[redacted:secret:*]"}}`},
		{`{"\u0070assword":"x\ny","a":"\u00e9"}`, `{"\u0070assword":"[redacted:secret:*]","a":"\u00e9"}`},
		{`{"card":4242424242424242,"id":4242424242424242}`, `{"card":"[redacted:card:*]","id":4242424242424242}`},
		{`{"joe@example.com":1}`, `{"[redacted:email:*]":1}`},
		{`{"raw":"{\"password\":\"x\",\"k\":1}"}`, `{"raw":"{\"password\":\"[redacted:secret:*]\",\"k\":1}"}`},
		{`[{"secret":"a"},{"secret":"b","n":{"api_key":"c"}}]`, `[{"secret":"[redacted:secret:*]"},{"secret":"[redacted:secret:*]","n":{"api_key":"[redacted:secret:*]"}}]`},
		{`"Bearer eyJhbGciOiJIUzI1NiJ9.e30.dozjgNryP4J3jVmNHl0w5N"`, `"Bearer [redacted:jwt:*]"`},
		{`[{"name":"DB_PASSWORD","value":"x"},{"name":"LANG","value":"C"},{"key":"api_key","value":7}]`, `[{"name":"DB_PASSWORD","value":"[redacted:secret:*]"},{"name":"LANG","value":"C"},{"key":"api_key","value":"[redacted:secret:*]"}]`},
		{`[["Authorization","aB3dE5fG7hJ9kL1mN"],["Accept","*/*"]]`,
			`[["Authorization","[redacted:secret:*]"],["Accept","*/*"]]`},
		{`{"key":"license","name":"LICENSE","content":"aB3dE5fG7hJ9kL1mN\nb3dE5fG7h"}`, ``},
		{`{"required":["password","email","token"]}`, ``},
		// Truncated, or not JSON at all.
		{`{"a":1,"password":"hunt`, `{"a":1,"password":"[redacted:secret:*]`},
		{`{"a":"joe@example.com","b":"mail ann@example.org no`,
			`{"a":"[redacted:email:*]","b":"mail [redacted:email:*] no`},
		{`{"n":1,"tokens":["abc","def"],"b":tru`, `{"n":1,"tokens":["[redacted:secret:*]","[redacted:secret:*]"],"b":tru`},
		{`{{{]]}"password":"x"`, `{{{]]}"password":"[redacted:secret:*]"`},
		{``, ``},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.in
			}
			got := red.JSON([]byte(tt.in))
			if stars(string(got)) != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
			}
			if again := red.JSON(got); !bytes.Equal(again, got) {
				t.Errorf("not idempotent: %s, then %s", got, again)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	for _, tt := range []struct{ contentType, in, want string }{
		{"application/x-www-form-urlencoded", "user=joe&password=a%26b", "user=joe&password=[redacted:secret:*]"},
		{"application/x-ndjson", "{\"token\":\"a\"}\n{\"n\":1}\n", "{\"token\":\"[redacted:secret:*]\"}\n{\"n\":1}\n"},
		{"text/event-stream", "event: x\ndata: {\"token\":\"a\"}\n\ndata: hi\n",
			"event: x\ndata: {\"token\":\"[redacted:secret:*]\"}\n\ndata: hi\n"},
		{"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{\"secret\":\"x\"}\r\n--B--\r\n",
			"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n[redacted:secret:*]\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{\"secret\":\"[redacted:secret:*]\"}\r\n--B--\r\n"},
		{"application/xml", `<u><name>joe</name><password>hunter2</password><s:token a="1">abc</s:token></u>`, `<u><name>joe</name><password>[redacted:secret:*]</password><s:token a="1">[redacted:secret:*]</s:token></u>`},
		{"application/yaml", "user: joe\npassword: hunter2\nkey: value\n",
			"user: joe\npassword: [redacted:secret:*]\nkey: value\n"},
		{"text/plain", "curl -H 'Authorization: Bearer abc' -u x https://u:p@h.example/?api_key=k1&n=1", "curl -H 'Authorization: Bearer [redacted:secret:*]' -u x https://u:[redacted:secret:*]@h.example/?api_key=[redacted:secret:*]&n=1"},
		{"text/html", `<input name="csrf_token" value="x"><a href="mailto:joe@example.com">`,
			`<input name="csrf_token" value="[redacted:secret:*]"><a href="mailto:[redacted:email:*]">`},
		{"text/html", `<input type="password" class="a" value="x y"><input name="q" value="kept">`,
			`<input type="password" class="a" value="[redacted:secret:*]"><input name="q" value="kept">`},
		{"application/xml", `<add key="ApiKey" value="abc"/><add key="Colour" value="red"/>`,
			`<add key="ApiKey" value="[redacted:secret:*]"/><add key="Colour" value="red"/>`},
		{"application/octet-stream", "\x00\x01joe@example.com\xff", "\x00\x01[redacted:email:*]\xff"},
		{"application/x-protobuf", "\n\x02ab\x12\x28gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a\x1a\x01x",
			"\n\x02ab\x12\x28[redacted:token:*]\x1a\x01x"},
		{"text/plain", `{"password": "under another type"}`, `{"password": "[redacted:secret:*]"}`},
	} {
		t.Run(tt.contentType, func(t *testing.T) {
			got := red.Body(tt.contentType, []byte(tt.in))
			if stars(string(got)) != tt.want {
				t.Errorf("%s: %q\ngot  %q\nwant %q", tt.contentType, tt.in, got, tt.want)
			}
			if again := red.Body(tt.contentType, got); !bytes.Equal(again, got) {
				t.Errorf("not idempotent: %q, then %q", got, again)
			}
		})
	}
}

// TestUnchangedBodies checks that a body without secrets is returned itself, for any type.
func TestUnchangedBodies(t *testing.T) {
	for contentType, text := range map[string]string{
		"application/json": `{"a":"b"}`, "application/x-ndjson": "{\"a\":1}\n\n{\"b\":2}\n", "text/event-stream": "data: {\"a\":1}\n\n",
		"text/csv": "a,b\n1,2\n", "application/x-www-form-urlencoded": "a=b&c=d", "application/yaml": "a: b\n",
		"multipart/form-data; boundary=b": "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nc\r\n--b--\r\n",
		"text/plain":                      "a b", "": `42["a",{"b":1}]`, "image/png": "\x89PNG", "text/html": "<p>a</p>",
	} {
		data := []byte(text)
		if got := red.Body(contentType, data); &got[0] != &data[0] || len(got) != len(data) {
			t.Errorf("%s: a copy, %q", contentType, got)
		}
	}
}
