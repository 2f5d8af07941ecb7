"""Simulated upstreams: the three published APIs, with every silent point of theirs a switch.

::

    dex = ScaleDex(250, seed=7, order="insertion")      # 250 items, one switch turned
    async with serve_upstreams(dex, B3os(40)) as (one, other):
        one.url                                         # "http://127.0.0.1:54321"
        dex.options.tokens = "single_use"               # change its ways,
        dex.faults.status = 503                         # let it fail,
        dex.corpus.insert(0)                            # change its world
        dex.calls.recent[-1].request_id                 # and see what it was asked
        await one.stop()                                # connections are refused until one.start()

The same over HTTP, on each upstream's own port: ``GET`` and ``PATCH /_demo``, ``POST /_demo/items``,
``DELETE /_demo/items/{index}``, ``POST /_demo/reset-calls``.
"""
