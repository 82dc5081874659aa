/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * How many entries each table has room for unless the configuration says otherwise, and who has
#define LEAT_SIZE_EVENT   262144       /* written by the programs; read by the agent, leat */
