package server

import (
	"compress/gzip"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/static"
)

// routes answers every address of the router, compressed.
func (s *Server) routes() (http.Handler, error) { return compress(s.router()) }

// router is every address that the server answers.
func (s *Server) router() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.answerError
	e.Use(s.observe, recoverPanics, s.guard)

	page := func(path string, h echo.HandlerFunc) {
		e.GET(path, h)
		e.HEAD(path, h)
	}
	page("/", s.getRoot)
	page("/healthz", s.getHealth)
	page("/readyz", s.getReady)
	page("/favicon.ico", s.getFavicon)
	page("/static/*", echo.WrapHandler(http.StripPrefix("/static/", static.Handler())))
	for _, lang := range languages {
		page("/"+lang, s.getCourseSlash)
		page("/"+lang+"/", s.getCourse)
		page("/"+lang+"/:chapter", s.getChapter)
		page("/"+lang+"/:chapter/:page", s.getPage)
		e.POST("/"+lang+"/:chapter/:page", s.postQuizForm)
		page("/"+lang+"/labs/:system/:lab", s.getLabPage)
		e.POST("/"+lang+"/labs/:system/:lab", s.postLabForm)
		page("/"+lang+"/replays/:attempt", s.getReplay)
		page("/"+lang+"/replays/:attempt/:schedule", s.getReplay)
		page("/"+lang+"/replays/:attempt/:schedule/export", s.getReplayFile)
	}

	api := e.Group("/api")
	api.GET("/reload", s.getReloads)
	api.GET("/progress", s.getProgress)
	api.POST("/progress", s.postProgress)
	api.POST("/hints/:system/:lab", s.postHint)
	api.GET("/attempts/:id", s.getAttempt)
	api.GET("/attempts/:id/recordings/:schedule", s.getRecording)
	api.GET("/plays/:chapter/:page/:play", s.getPlay)
	api.POST("/plays/:chapter/:page/:play", s.postPlay)
	api.POST("/quizzes/:chapter/:page/:quiz", s.postQuiz)

	terminal := api.Group("/consoles/:chapter/:page/:console")
	terminal.POST("", s.postConsole)
	terminal.POST("/broker-reset", s.postBrokerReset)
	terminal.GET("/stream", s.getStream)
	terminal.GET("/frames/:id", s.getFrame)

	lab := api.Group("/labs/:system/:lab")
	lab.GET("", s.getLab)
	lab.GET("/plays/:play", s.getLabPlay)
	lab.POST("/answers/:quiz", s.postLabAnswer)
	lab.PUT("/draft", s.putDraft)
	lab.GET("/revisions", s.getRevisions)
	lab.POST("/restore", s.postRestore)
	lab.POST("/reset", s.postReset)
	lab.POST("/check", s.postCheck)
	lab.POST("/complete", s.postComplete)
	lab.POST("/try", s.postTry)
	lab.POST("/build", s.postBuild)
	lab.POST("/run", s.postRun)
	lab.POST("/stop", s.postStop)
	lab.POST("/console", s.postConsole)
	lab.POST("/broker-reset", s.postBrokerReset)
	lab.GET("/backend", s.getBackend)
	lab.POST("/backend", s.postBackend)
	lab.GET("/stream", s.getStream)
	lab.GET("/frames/:id", s.getFrame)
	lab.POST("/submit", s.postSubmit)
	return e
}

// minGzip is the size in bytes below which gzip saves no packet.
const minGzip = 1400

// compress gzips what is neither a stream nor compressed already. The level is
// the fastest one: pages are small and usually go over loopback.
func compress(next http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minGzip), gzhttp.CompressionLevel(gzip.BestSpeed))
	if err != nil {
		return nil, err
	}
	zipped := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isStream(r.URL.Path) || isStatic(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		zipped.ServeHTTP(w, r)
	}), nil
}

// getHealth says that the process answers.
func (s *Server) getHealth(c echo.Context) error {
	return c.String(http.StatusOK, "ok\n")
}

// getReady says whether the server can do its work, line by line.
func (s *Server) getReady(c echo.Context) error {
	type line struct {
		Name   string `json:"name"`
		OK     bool   `json:"ok"`
		Detail string `json:"detail,omitempty"`
	}
	ctx := c.Request().Context()
	status := http.StatusOK
	var lines []line
	add := func(name, detail string, err error) {
		if err != nil {
			status, detail = http.StatusServiceUnavailable, err.Error()
		}
		lines = append(lines, line{Name: name, OK: err == nil, Detail: detail})
	}
	add("database", "", s.opts.Store.Ping(ctx))
	for _, check := range s.opts.Checks {
		detail, err := check.Run(ctx)
		add(check.Name, detail, err)
	}
	return c.JSON(status, map[string]any{"version": s.opts.Version, "checks": lines})
}

// getFavicon answers browsers that ask without reading the page.
func (s *Server) getFavicon(c echo.Context) error {
	href, ok := static.Asset("favicon.svg")
	if !ok {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusFound, href)
}
