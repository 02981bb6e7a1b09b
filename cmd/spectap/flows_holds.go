package main

import (
	"encoding/base64"
	"strings"
)

// inBasic says whether text is in the credentials of a Basic authorization.
func inBasic(value, text string) bool {
	scheme, encoded, ok := strings.Cut(value, " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return false
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	return err == nil && strings.Contains(string(data), text)
}

// jsonUnescaped undoes the escapes that encoders of JSON differ in, so that a value is found however it was written.
func jsonUnescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return ""
	}
	return strings.NewReplacer(`\/`, "/", `\"`, `"`, `\\`, `\`, `\n`, "\n", `\t`, "\t", `\u0026`, "&", `\u003c`, "<", `\u003e`, ">", `\u003d`, "=", `\u002b`, "+").Replace(s)
}
