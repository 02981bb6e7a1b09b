package demo

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

type upload struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Filename string   `json:"filename"`
	Kind     string   `json:"content_type"`
	Size     int      `json:"size"`
	SHA256   string   `json:"sha256"`
	Tags     []string `json:"tags"`
	URL      string   `json:"url"`
	data     []byte
}

// createUpload accepts a form with one file.
func (a *API) createUpload(r *http.Request) (reply, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return reply{}, fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be multipart/form-data")
	}
	if err := r.ParseMultipartForm(maxBody); err != nil {
		return reply{}, err
	}
	f, head, err := r.FormFile("file")
	if err != nil {
		return reply{}, invalid("file", "is needed")
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return reply{}, err
	}
	id := short("upload", a.state.next("upload"))
	sum := sha256.Sum256(data)
	u := &upload{
		ID: id, Title: r.FormValue("title"), Filename: head.Filename, Kind: head.Header.Get("Content-Type"),
		Size: len(data), SHA256: hex.EncodeToString(sum[:]), Tags: append([]string{}, r.MultipartForm.Value["tags"]...),
		URL: "/api/v1/uploads/" + id, data: data,
	}
	a.state.uploads = append(a.state.uploads, u)
	a.state.touch()
	return created(u.URL, u)
}

func (a *API) upload(r *http.Request) (reply, error) {
	for _, u := range a.state.uploads {
		if u.ID == r.PathValue("upload_id") {
			disposition := mime.FormatMediaType("attachment", map[string]string{"filename": u.Filename})
			return reply{status: http.StatusOK, data: u.data, kind: u.Kind, header: map[string]string{"Content-Disposition": disposition}}, nil
		}
	}
	return reply{}, notFound("upload", r.PathValue("upload_id"))
}

type webhook struct {
	ID     string   `json:"id"`
	URL    string   `json:"url"`
	Events []string `json:"events"`
	Secret string   `json:"secret"`
	Active bool     `json:"active"`
	owner  int64
}

func (a *API) webhooks(r *http.Request) (reply, error) {
	list := []webhook{}
	for _, h := range a.state.webhooks {
		if h.owner == caller(r).ID {
			list = append(list, *h)
		}
	}
	return ok(map[string]any{"webhooks": list})
}

var events = []string{"order.created", "order.shipped", "order.cancelled", "product.updated"}

func (a *API) createWebhook(r *http.Request) (reply, error) {
	var in struct {
		URL    string   `json:"url"`
		Events []string `json:"events"`
	}
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	if u, err := url.Parse(in.URL); err != nil || u.Scheme != "https" {
		return reply{}, invalid("url", "must be an https address")
	}
	for _, e := range in.Events {
		if !slices.Contains(events, e) {
			return reply{}, invalid("events", "must be of "+strings.Join(events, ", "))
		}
	}
	n := a.state.next("webhook")
	h := &webhook{"wh_" + short("webhook", n), in.URL, append([]string{}, in.Events...), "whsec_" + short("webhook secret", n) + short("webhook tail", n), true, caller(r).ID}
	a.state.webhooks = append(a.state.webhooks, h)
	a.state.touch()
	return created("/api/v1/webhooks/"+h.ID, h)
}

func (a *API) deleteWebhook(r *http.Request) (reply, error) {
	i := slices.IndexFunc(a.state.webhooks, func(h *webhook) bool {
		return h.ID == r.PathValue("hook_id") && h.owner == caller(r).ID
	})
	if i < 0 {
		return reply{}, notFound("webhook", r.PathValue("hook_id"))
	}
	a.state.webhooks = slices.Delete(a.state.webhooks, i, i+1)
	a.state.touch()
	return noContent()
}

// salesReport returns a table of the orders between two days.
func (a *API) salesReport(r *http.Request) (reply, error) {
	from, to := r.URL.Query().Get("from"), r.URL.Query().Get("to")
	for _, x := range [][2]string{{"from", from}, {"to", to}} {
		if _, err := time.Parse(time.DateOnly, x[1]); err != nil {
			return reply{}, invalid(x[0], "must be a date such as 2026-03-02")
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"number", "placed_at", "status", "items", "total"})
	for _, o := range a.state.orders {
		if day := o.PlacedAt[:10]; day >= from && day <= to {
			w.Write([]string{o.Number, o.PlacedAt, o.Status, strconv.Itoa(len(o.Items)), o.Total.Amount})
		}
	}
	w.Flush() // in memory: cannot fail
	return reply{status: http.StatusOK, data: b.Bytes(), kind: "text/csv; charset=utf-8"}, nil
}

// export returns an archive of one day.
func (a *API) export(r *http.Request) (reply, error) {
	day, err := time.Parse(time.DateOnly, r.PathValue("date"))
	if err != nil {
		return reply{}, invalid("date", "must be a date such as 2026-03-02")
	}
	if day.After(a.state.now()) {
		return reply{}, notFound("export of", r.PathValue("date"))
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("orders-" + r.PathValue("date") + ".txt")
	if err != nil {
		return reply{}, err
	}
	for _, o := range a.state.orders {
		if strings.HasPrefix(o.PlacedAt, r.PathValue("date")) {
			fmt.Fprintln(f, o.Number, o.Total.Amount)
		}
	}
	if err := z.Close(); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, data: b.Bytes(), kind: "application/zip"}, nil
}
