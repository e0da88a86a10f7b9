// Package grader runs and judges programs. In the server it opens lab hosts,
// hands them programs, and turns what they saw into evidence and verdicts; the
// brokers and the student's bytes stay in the hosts.
//
// Read it in this order:
//
//	grader.go    New, and what the grader needs of the sandbox
//	writing.go   while a program is written: check, complete, build
//	config.go    files in place of a program;  try.go: what bindings do while they are written
//	console.go   what was typed at terminals in place of a program;  answers.go: to questions of the lab
//	session.go   Open: a live lab that a student runs programs in
//	submit.go    Submit: build, baseline, sweep;  spec.go: a lab as a host is told of it
//	place.go     what a lab runs on: miniatures or containers, and why these cannot be had
//	real.go      real brokers in containers, in place of miniatures
//	lanes.go     lab hosts that work through a sweep side by side
//	owncheck.go  checks that a lab brings itself, interpreted in a child
//	evidence.go  what is kept of a submission; no prose
//	merge.go     outcomes of many runs into one evidence
//	words.go     the catalogue of messages, in each language
//	lint.go      a lab's own words, tried before a student reads them
//	lesson.go    commands and Go of lessons, tried before a reader does
//	render.go    evidence into what a student reads
//	headline.go  what is read first: which check, and what broke the run off
//	conform.go   the same verdicts on the miniature and on a real broker
//	replay.go    the run that a verdict is about, and events in sentences
//	play.go      scenes of lessons, played;  lag.go: their chart, how far a consumer group is behind
//	recording.go the whole journal of a run, for the page to go back and forth in
//	verify.go    a lab proves itself: starter, solution, wrong attempts
//	quiz.go      the questions of lessons, graded
//
// Below it: property judges journals, trial is the language between the grader
// and a host, inhost is what runs there, messages holds the words.
package grader
