package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/gateway/metrics"
	"github.com/spectap/spectap/relay"
)

// maxSourceSeries bounds the sources that a page of metrics names: every file of a spool, and every
// import, is one.
const maxSourceSeries = 1000

// metricsFlags says where a command serves metrics.
type metricsFlags struct{ http httpFlags }

func (f *metricsFlags) addFlags(cmd *cobra.Command) {
	f.http.registerMetrics(cmd)
	cmd.Flags().BoolVar(&f.http.allowRemote, "allow-remote-metrics", false, "with --metrics: accept an address that other machines reach")
}

// serve serves pages until end is called, if there is --metrics.
func (f *metricsFlags) serve(ctx context.Context, p *program, fill func(context.Context, *metrics.Page), log *slog.Logger) (end func(), err error) {
	return p.serveMetrics(ctx, &f.http, func(*slog.Logger) *metrics.Page {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		page := new(metrics.Page)
		fill(ctx, page)
		return page
	}, log)
}

// workerMetrics adds what a worker has done, and what the sources of its hub say.
func workerMetrics(ctx context.Context, page *metrics.Page, w *relay.Worker, l hubLog) {
	st := w.Status()
	one := func(name, kind, help string, value int64) {
		page.Family("spectap_worker_"+name, kind, help)
		page.Sample(float64(value))
	}
	one("partitions", metrics.Gauge, "Partitions of the log that this worker learns from.", int64(len(st.Partitions)))
	one("records_total", metrics.Counter, "Records learned from or passed over since the start.", st.Flows)
	one("read_bytes_total", metrics.Counter, "Bytes of blocks read from the hub since the start.", st.Bytes)
	one("commits_total", metrics.Counter, "Models committed since the start.", st.Commits)
	one("lost_commits_total", metrics.Counter, "Commits that another worker made void since the start.", st.Lost)
	one("relearned_total", metrics.Counter, "Partitions learned again since the start because flows were deleted.", st.Relearned)
	one("gaps", metrics.Gauge, "Sources of which this worker misses records that the hub lost.", int64(len(st.Gaps)))
	page.Family("spectap_hub_up", metrics.Gauge, "Whether the hub answers.")
	list, err := relay.Statuses(ctx, l)
	page.Bool(err == nil)
	if err == nil {
		sourceMetrics(page, list, st.Gaps)
	}
}

// sourceMetrics adds what sources say of themselves.
func sourceMetrics(page *metrics.Page, list []relay.SourceStatus, gaps map[string]uint64) {
	page.Family("spectap_sources", metrics.Gauge, "Sources that the hub knows: spools and imports.")
	page.Sample(float64(len(list)))
	list = list[:min(len(list), maxSourceSeries)]
	for _, m := range []struct {
		name, kind, help string
		value            func(s *relay.SourceStatus) float64
	}{
		{"recorded_records", metrics.Gauge, "Newest record number of the source.", func(s *relay.SourceStatus) float64 { return float64(s.Recorded) }},
		{"lag_records", metrics.Gauge, "Records that the source has not sent.", func(s *relay.SourceStatus) float64 { return float64(s.Lag()) }},
		{"unreleased_records", metrics.Gauge, "Records that no worker has confirmed.", func(s *relay.SourceStatus) float64 {
			return float64(s.Recorded - min(s.Recorded, s.Released))
		}},
		{"lost_flows_total", metrics.Counter, "Flows that the source could not keep or send.", func(s *relay.SourceStatus) float64 { return float64(s.Lost) }},
		{"resent_total", metrics.Counter, "How often records were asked for again.", func(s *relay.SourceStatus) float64 { return float64(s.Resent) }},
		{"gap", metrics.Gauge, "Whether records that the hub lost are missing here.", func(s *relay.SourceStatus) float64 {
			if _, ok := gaps[s.Source]; ok {
				return 1
			}
			return 0
		}},
		{"seen_timestamp_seconds", metrics.Gauge, "When the source reported last, by its clock.", func(s *relay.SourceStatus) float64 {
			return float64(s.At.Unix())
		}},
	} {
		page.Family("spectap_source_"+m.name, m.kind, m.help)
		for i := range list {
			page.Sample(m.value(&list[i]), "source", list[i].Source)
		}
	}
}
