package front

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTLS uses the certificate of httptest, which is for example.com.
func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	client, pair := s.Client(), s.TLS.Certificates
	s.Close()
	url := start(t, Config{Token: strings.Repeat("t", 20), TLS: &tls.Config{Certificates: pair}})
	addr := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), DefaultPath)
	tests := []struct {
		name, host, origin string
		status             int
	}{
		{"its address", addr, "", 200},
		{"name of the certificate", "example.com", "", 200},
		{"another name", "evil.example", "", 403},
		{"its own page", addr, "https://" + addr, 200},
		{"page of the same host without TLS", addr, "http://" + addr, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := must(http.NewRequest("POST", "https://"+addr+DefaultPath, strings.NewReader(initialize)))
			req.Host = tt.host
			req.Header.Set("Authorization", "Bearer "+strings.Repeat("t", 20))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", "application/json, text/event-stream")
			if tt.origin != "" {
				req.Header.Set("Origin", tt.origin)
			}
			resp := must(client.Do(req))
			resp.Body.Close()
			if resp.StatusCode != tt.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.status)
			}
		})
	}
	resp := must(http.Get(url))
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("plain HTTP has status %d, want %d", resp.StatusCode, http.StatusBadRequest)
	}
}
