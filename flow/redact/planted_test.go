package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/redacttest"
)

// TestPlanted plants secrets of each kind in each position and finds none in the result.
func TestPlanted(t *testing.T) {
	if len(redacttest.Shaped()) < 45 {
		t.Fatalf("only %d kinds", len(redacttest.Shaped()))
	}
	check := func(kind, name, value string) {
		t.Helper()
		if !redact.IsSensitive(name, value) {
			t.Errorf("%s: IsSensitive(%q, …) is false", kind, name)
		}
		f := red.Flow(redacttest.Flow(name, value))
		out, _ := json.Marshal(f)
		var archive bytes.Buffer
		w := har.NewWriter(&archive, har.WriteConfig{Redact: red.Flow})
		w.Write(redacttest.Flow(name, value))
		w.Close()
		for where, s := range map[string]string{"path": f.Request.Path, "query": f.Request.RawQuery,
			"headers": fmt.Sprint(f.Request.Header, f.Response.Header, f.Response.Trailer),
			"error":   f.Err, "form": string(f.Request.Body.Data), "JSON": string(f.Response.Body.Data),
			"flow": string(out), "HAR": archive.String()} {
			if redacttest.Leaks(s, value) {
				t.Errorf("%s as %q: in the %s: %s", kind, name, where, s)
			}
		}
		for contentType, body := range redacttest.Bodies(name, value) {
			if got := string(red.Body(contentType, []byte(body))); redacttest.Leaks(got, value) {
				t.Errorf("%s as %q: in %s: %s", kind, name, contentType, got)
			}
		}
	}
	for kind, value := range redacttest.Shaped() {
		check(kind, "note", value)
	}
	for _, name := range redacttest.Names() {
		check("named", name, "Tr0ub4dor-x")
	}
}

// TestPlantedAlone plants secrets as whole path segments and in the middle of words.
func TestPlantedAlone(t *testing.T) {
	for kind, value := range redacttest.Shaped() {
		for _, s := range []string{value, "see " + value + ".", "(" + value + ")", `"` + value + `"`, "a," + value +
			",b", "<p>" + value + "</p>"} {
			if got := red.Text(s); redacttest.Leaks(got, value) {
				t.Errorf("%s: %s", kind, got)
			}
		}
		if strings.ContainsAny(value, "\n /") {
			continue
		}
		if got := red.Path("/a/" + url.PathEscape(value) + "/b"); redacttest.Leaks(got, value) ||
			strings.Contains(got, url.PathEscape(value)) {
			t.Errorf("%s: path %s", kind, got)
		}
	}
}

// TestKept keeps values that look similar to secrets.
func TestKept(t *testing.T) {
	for _, tt := range [][2]string{
		{"id", "550e8400-e29b-41d4-a716-446655440000"},
		{"uuid", "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
		{"sha", "6dcb09b5b57875f334f61aebed695e2e4193db5e"},
		{"any", "6dcb09b5b57875f334f61aebed695e2e4193db5e"},
		{"integrity", "sha512-9J8Zg7D3cQdF0aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sDw=="},
		{"etag", `"aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD"`},
		{"digest", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"node_id", "MDEwOlJlcG9zaXRvcnkxMjk2MjY5"},
		{"cursor", "Y3Vyc29yOnYyOpK5MjAyNi0xMS0yMFQwOTowMDowMFrOAAVZ"},
		{"after", "Y3Vyc29yOjEyMzQ1Njc4OTAxMjM0NTY3ODkw"},
		{"created_at", "2026-11-20T09:00:00.123456Z"},
		{"timestamp", "1795158443931649800"},
		{"ms", "1795158443931"},
		{"number", "1234567890123456"},
		{"id", "4242424242424242"},
		{"customer", "cus_gaKjIg8xNbe3nN"},
		{"intent", "pi_17C9HehwTp0136uXT3yKW5ds"},
		{"name", "getUserAccountRecoverySettingsByOrganizationId2"},
		{"host", "Test-Go-TestLogsListGet-1649773161"},
		{"class", "com.example.project.module.AbstractSingletonProxyFactoryBean2"},
		{"file", "IMG_20261120_090000_HDR_Portrait_Edited_Final2.jpeg"},
		{"icon", "logo@2x.png"},
		{"package", "@types/node@20.1.0"},
		{"image", "registry.example/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"ssh_url", "git@github.com:owner/repo.git"},
		{"clone_url", "ssh://git@example.com/owner/repo.git"},
		{"url", "https://api.example.com/repos/octocat/Hello-World/issues?page=2&per_page=30&state=open"},
		{"public_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIATWwMLytklB44O66isWRKOB"},
		{"ssh_key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDepW2"},
		{"id", "sub_sched_1IjOVIGhHw1F96ewn294oUer"},
		{"any", "sub_sched_1IjOVIGhHw1F96ewn294oUer"},
		{"kid", "ONU6tvTJeuxF5l5AnqwCf-kUzMQRLv2435CcDb4ikBw"},
		{"usage", "POST <token>, then <expiration>"},
		{"key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDepW2/BSVFM2AfuGGsvi+vjQzC0EBD3R+/7PNEvP0/nvTWxiC/tthfvvCJR6TKrsprCir5tiJFm73gX+K18W0RKYpkyg8H6d1eZu3q/JOiGvoD user"},
		{"content", "CiAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIEFwYWNoZSBMaWNl"},
		{"certificate", "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n-----END CERTIFICATE-----"},
		{"phone", "+1 202-555-0143"},
		{"version", "1.2.3-beta.4+build.5678"},
		{"ip", "192.168.100.200"},
		{"mac", "00:1B:44:11:3A:B7"},
		{"text", "The token bucket algorithm; password managers are good."},
		{"text", "Visit us at 10:30, price: 12.50, ratio 3:4, see RFC 9110"},
		{"type", "password"},
		{"grant_type", "authorization_code"},
		{"token_type", "bearer"},
		{"code", "not_found"},
		{"code", "ERR_INVALID_ARGUMENT_42"},
		{"key", "user.profile.settings.language"},
		{"key", "PROJECT-1234"},
		{"state", "open"},
		{"auth", "none"},
		{"package", "io.jsonwebtoken:jjwt-api"},
		{"group", "00000000-0000-0000-0000-000000000000"},
		{"iso", "P1Y2M10DT2H30M"},
		{"coords", "52.520008,13.404954"},
		{"isbn", "978-3-16-148410-0"},
		{"color", "#ff00aa"},
		{"mime", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	} {
		if redact.IsSensitive(tt[0], tt[1]) {
			t.Errorf("%s %q: redacted: %s", tt[0], tt[1], red.Value(tt[0], tt[1]))
		}
	}
}
